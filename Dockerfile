# syntax=docker/dockerfile:1
# Stage 1 installs the locked, hash-checked dependencies; stage 2 holds no installer and no compiler.
FROM python:3.12-slim AS dependencies
WORKDIR /build
COPY requirements/uv.txt requirements/product.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && uv pip install --target /packages --require-hashes -r requirements/product.txt

FROM python:3.12-slim
# The checkout comes before installed packages: the package index has a `schema` of its own.
ENV PYTHONPATH=/app:/packages \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/deskgraph.sqlite \
    HOST=0.0.0.0 \
    PORT=8000
RUN pip uninstall -y pip setuptools wheel \
 && useradd --system --uid 10001 --no-create-home deskgraph \
 && mkdir /data && chown deskgraph /data
COPY --from=dependencies /packages /packages
WORKDIR /app
COPY domain domain
COPY integrations integrations
COPY db db
COPY sync sync
COPY schema schema
COPY api api
COPY migrations migrations
COPY web/dist web/dist
USER deskgraph
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz')"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "api.cli", "serve"]
