"""Finds and creates the people that a request names by id, e-mail or another address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from emulator.gorgias.body import Body
from emulator.gorgias.desk import Change, Desk
from emulator.gorgias.errors import conflict, flaw
from emulator.gorgias.records import Channel, Customer, User
from emulator.gorgias.stamps import Micros
from emulator.gorgias.store import Store

Stamp = Callable[[], Micros]


def named_customer(desk: Desk, body: Body, change: Change, *, field: str) -> Customer | None:
    """The customer that `body` names, created when the address is new.

    Anything given besides id and e-mail is written to the customer, as Gorgias does. None when
    `body` names nobody; an unknown id is a flaw of `field`.
    """
    known = find_customer(desk.store, body, field=field)
    if known is not None:
        changed = with_fields(desk, known, body, change.stamp)
        if changed != known:
            save_customer(desk, changed, change)
        return changed
    if body.text("email") is None and not body.children("channels"):
        return None
    return create_customer(desk, body, change)


def find_customer(store: Store, body: Body, *, field: str) -> Customer | None:
    """By id, else by e-mail, else by another address."""
    customer_id = body.whole("id")
    if customer_id is not None:
        known = store.customers.get(customer_id)
        if known is None:
            raise flaw(field, f"Customer {customer_id} does not exist.")
        return known
    email = body.text("email")
    if email is not None:
        folded = email.casefold()
        return store.customers.first("email", folded) or store.customers.first(
            "channel", ("email", folded)
        )
    for channel in body.children("channels"):
        address = (channel.text("address") or "").casefold()
        found = store.customers.first("channel", (channel.text("type"), address))
        if found is not None:
            return found
    return None


def create_customer(desk: Desk, body: Body, change: Change) -> Customer:
    """Refuses an e-mail address that another customer has."""
    email = body.text("email")
    if email is not None and desk.store.customers.first("email", email.casefold()) is not None:
        raise conflict(f"A customer with the email {email} already exists.")
    stamp = change.stamp()
    customer = Customer(id=desk.store.ids.take("person"), created=stamp, updated=stamp)
    customer = replace(with_fields(desk, customer, body, lambda: stamp), updated=stamp)
    desk.store.customers.put(customer)
    change.log("customer-created", "Customer", customer.id)
    return customer


def save_customer(desk: Desk, customer: Customer, change: Change) -> None:
    desk.store.customers.put(customer)
    change.log("customer-updated", "Customer", customer.id)


def with_fields(desk: Desk, customer: Customer, body: Body, stamp: Stamp) -> Customer:
    """The customer with everything that the body gives; unchanged when it gives nothing new."""
    new = _with_texts(customer, body)
    if "channels" in body:
        new = replace(new, channels=_channels(desk, new, body, stamp))
    email = new.email
    if email is not None and not any(each.type == "email" for each in new.channels):
        new = replace(new, channels=(*new.channels, _channel(desk, "email", email, True, stamp)))
    return new if new == customer else replace(new, updated=stamp())


_GIVEN: Mapping[str, Callable[[Customer, Body], Customer]] = {
    "email": lambda old, body: replace(old, email=body.text("email")),
    "external_id": lambda old, body: replace(old, external_id=body.text("external_id")),
    "language": lambda old, body: replace(old, language=body.text("language")),
    "timezone": lambda old, body: replace(old, timezone=body.text("timezone")),
    "note": lambda old, body: replace(old, note=body.text("note")),
    "meta": lambda old, body: replace(old, meta=body.raw("meta")),
}


def _with_texts(customer: Customer, body: Body) -> Customer:
    new = _with_name(customer, body)
    for name, apply in _GIVEN.items():
        if name in body:
            new = apply(new, body)
    return new


def _with_name(customer: Customer, body: Body) -> Customer:
    new = customer
    if "name" in body:
        first, last = split_name(body.text("name"))
        new = replace(new, name=body.text("name"), firstname=first, lastname=last)
    if "firstname" in body or "lastname" in body:
        first = body.text("firstname") or new.firstname
        last = body.text("lastname") or new.lastname
        name = new.name if "name" in body else f"{first} {last}".strip()
        new = replace(new, firstname=first, lastname=last, name=name)
    return new


def split_name(name: str | None) -> tuple[str, str]:
    first, _, last = (name or "").partition(" ")
    return first, last


def find_user(store: Store, body: Body, *, field: str) -> User | None:
    """The user that `body` names by id or e-mail; an unknown one is a flaw of `field`."""
    user_id, email = body.whole("id"), body.text("email")
    if user_id is None and email is None:
        return None
    user = store.users.get(user_id)
    if user_id is None and email is not None:
        user = store.users.first("email", email.casefold())
    if user is None:
        raise flaw(field, f"User {user_id or email} does not exist.")
    return user


def _channels(desk: Desk, customer: Customer, body: Body, stamp: Stamp) -> tuple[Channel, ...]:
    """The given channels instead of the old ones; one that was there keeps its id."""
    old = {(each.type, each.address): each for each in customer.channels}
    new = []
    for channel in body.children("channels"):
        kind, address = channel.text("type") or "", channel.text("address") or ""
        preferred = bool(channel.flag("preferred"))
        kept = old.get((kind, address))
        if kept is None:
            new.append(_channel(desk, kind, address, preferred, stamp))
        else:
            new.append(replace(kept, preferred=preferred))
    return tuple(new)


def _channel(desk: Desk, kind: str, address: str, preferred: bool, stamp: Stamp) -> Channel:
    at: Micros = stamp()
    return Channel(desk.store.ids.take("channel"), kind, address, preferred, at, at)
