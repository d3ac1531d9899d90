"""`/api/custom-fields` (definitions) and the values of a ticket's or a customer's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.changes import set_field_values
from emulator.gorgias.check import (
    Anything,
    Flag,
    Many,
    Moment,
    Rule,
    Shape,
    Text,
    Whole,
    checked_body,
    read_json,
)
from emulator.gorgias.errors import answer, empty, flaw, invalid, not_found
from emulator.gorgias.records import Customer, CustomField, JsonObject, Ticket
from emulator.gorgias.stamps import moment_text, optional_text
from emulator.gorgias.store import Store
from emulator.gorgias.words import EXTERNAL_ID, FIELD_VALUE
from emulator.kernel.http import JsonValue, Response

_OBJECT_TYPE = Text(choices=("Ticket", "Customer"), nullable=False)
_ORDERS = (
    "priority:asc",
    "priority:desc",
    "created_datetime:asc",
    "created_datetime:desc",
    "updated_datetime:asc",
    "updated_datetime:desc",
)
_DEFINITION = Shape(
    {
        "data_type": Text(choices=("text", "number", "boolean"), nullable=False),
        "input_settings": Shape(is_open=True, nullable=False),
    },
    required=("data_type", "input_settings"),
    nullable=False,
)
_FIELDS: dict[str, Rule] = {
    "object_type": _OBJECT_TYPE,
    "label": Text(longest=255, shortest=1, nullable=False),
    "definition": _DEFINITION,
    "description": Text(longest=1024),
    "external_id": EXTERNAL_ID,
    "priority": Whole(largest=5000),
    "required": Flag(),
    "requirement_type": Text(),
    "managed_type": Text(),
    "deactivated_datetime": Moment(),
}
_FIELD = Shape(_FIELDS, required=("object_type", "label", "definition"))
_CHANGED_FIELD = Shape({"id": Whole(nullable=False), **_FIELDS}, required=("id",), nullable=False)
_BULK = Many(_CHANGED_FIELD, fewest=1)
_VALUES = Many(FIELD_VALUE, nullable=False)
_ONE_VALUE = Shape({"id": Whole(), "value": Anything()}, required=("value",))


def render_field(field: CustomField) -> JsonObject:
    return {
        "id": field.id,
        "external_id": field.external_id,
        "object_type": field.object_type,
        "label": field.label,
        "description": field.description,
        "priority": field.priority,
        "required": field.required,
        "requirement_type": "required" if field.required else "visible",
        "managed_type": field.managed_type,
        "definition": field.definition,
        "created_datetime": moment_text(field.created),
        "updated_datetime": moment_text(field.updated),
        "deactivated_datetime": optional_text(field.deactivated),
    }


def list_custom_fields(call: Call) -> Response:
    listing, query = call.listing(
        *_ORDERS,
        default="priority:asc",
        filters={"object_type": _OBJECT_TYPE, "search": Text(), "archived": Flag()},
    )
    object_type = query.text("object_type")
    if object_type is None:
        raise flaw("object_type", "Missing data for required field.")
    fields = call.store.custom_fields
    wanted = (query.text("search") or "").casefold()
    archived = query.flag("archived")
    matches = [
        field
        for field in fields.group("object_type", object_type)
        if wanted in field.label.casefold() and archived in {None, field.deactivated is not None}
    ]
    page = listing.page(fields.sorted_keys(listing.order.name, matches))
    found = (fields.get(each) for each in page.ids)
    return listing.answer(page, [render_field(each) for each in found if each is not None])


def show_custom_field(call: Call) -> Response:
    return answer(render_field(_field(call, call.path_id("field_id"))))


def post_custom_field(call: Call) -> Response:
    call.caller.need_admin()
    body = checked_body(call.request, _FIELD)
    change = call.change()
    stamp = change.stamp()
    blank = CustomField(
        id=call.store.ids.take("custom_field"),
        created=stamp,
        updated=stamp,
        object_type=body.text("object_type") or "",
        label="",
        definition={},
        priority=len(call.store.custom_fields) + 1,
    )
    field = replace(_with_given(blank, body), updated=stamp)
    call.store.custom_fields.put(field)
    change.log("custom-field-created", "CustomField", field.id)
    return answer(render_field(field), 201)


def put_custom_field(call: Call) -> Response:
    call.caller.need_admin()
    field = _field(call, call.path_id("field_id"))
    body = checked_body(call.request, _FIELD)
    return answer(render_field(_save(call, field, body)))


def put_custom_fields(call: Call) -> Response:
    """Changes several definitions; the body is a bare list."""
    call.caller.need_admin()
    bodies = _checked_list(call, _BULK)
    fields = [_field(call, body.whole("id") or 0) for body in bodies]
    saved = [_save(call, field, body) for field, body in zip(fields, bodies, strict=True)]
    return answer({"data": [render_field(field) for field in saved]})


def _save(call: Call, field: CustomField, body: Body) -> CustomField:
    change = call.change()
    saved = replace(_with_given(field, body), updated=change.stamp())
    call.store.custom_fields.put(saved)
    change.log("custom-field-updated", "CustomField", field.id)
    return saved


def _with_given(field: CustomField, body: Body) -> CustomField:
    definition = body.raw("definition")
    priority = body.whole("priority")
    required = body.flag("required")
    return replace(
        field,
        label=body.text("label") or field.label,
        definition=definition if isinstance(definition, dict) else field.definition,
        description=body.text("description") if "description" in body else field.description,
        external_id=body.text("external_id") if "external_id" in body else field.external_id,
        priority=field.priority if priority is None else priority,
        required=field.required if required is None else required,
        managed_type=body.text("managed_type") if "managed_type" in body else field.managed_type,
        deactivated=body.moment("deactivated_datetime")
        if "deactivated_datetime" in body
        else field.deactivated,
    )


def checked_values(store: Store, object_type: str, bodies: Sequence[Body]) -> dict[int, JsonValue]:
    """The given values by field; refuses unknown fields and values of another type."""
    values: dict[int, JsonValue] = {}
    for body in bodies:
        field = store.custom_fields.get(body.whole("id"))
        if field is None or field.object_type != object_type or field.deactivated is not None:
            raise flaw("custom_fields", f"Custom field {body.whole('id')} does not exist.")
        value = body.raw("value")
        if value is not None and not _fits(field, value):
            raise flaw("custom_fields", f"Invalid value for {field.label}.")
        values[field.id] = value
    return values


def _fits(field: CustomField, value: JsonValue) -> bool:
    settings = field.definition.get("input_settings")
    choices = settings.get("choices") if isinstance(settings, dict) else None
    match field.definition.get("data_type"):
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            fits = isinstance(value, bool)
        case _:
            fits = isinstance(value, str)
    return fits and (not isinstance(choices, list) or not choices or value in choices)


def list_ticket_values(call: Call) -> Response:
    return answer(_rendered(call.store, call.ticket().field_values))


def put_ticket_values(call: Call) -> Response:
    """Merges the given values into the ticket's; null takes one away. The body is a bare list."""
    call.caller.need_writer()
    return _merge_ticket_values(call, call.ticket(), _checked_list(call, _VALUES))


def put_ticket_value(call: Call) -> Response:
    call.caller.need_writer()
    return _merge_ticket_values(call, call.ticket(), [_one_value(call)])


def _merge_ticket_values(call: Call, ticket: Ticket, bodies: Sequence[Body]) -> Response:
    given = checked_values(call.store, "Ticket", bodies)
    merged = {**ticket.field_values, **given}
    set_field_values(call.desk, ticket, merged, call.change())
    return answer(_rendered(call.store, {field: merged[field] for field in given}))


def remove_ticket_value(call: Call) -> Response:
    call.caller.need_writer()
    ticket = call.ticket()
    field_id = call.path_id("field_id")
    if field_id not in ticket.field_values:
        raise not_found()
    kept = {each: value for each, value in ticket.field_values.items() if each != field_id}
    set_field_values(call.desk, ticket, kept, call.change())
    return empty(204)


def render_customer_values(store: Store, customer: Customer) -> JsonObject:
    return _rendered(store, customer.field_values)


def _rendered(store: Store, values: Mapping[int, JsonValue]) -> JsonObject:
    rows: list[JsonValue] = []
    for field_id, value in values.items():
        field = store.custom_fields.get(field_id)
        if field is not None:
            rows.append({"field": render_field(field), "prediction": None, "value": value})
    return {"data": rows}


def _one_value(call: Call) -> Body:
    """The body of a single value's PUT with the field's id from the path."""
    body = checked_body(call.request, _ONE_VALUE)
    return Body({"id": call.path_id("field_id"), "value": body.raw("value")})


def _checked_list(call: Call, rule: Many) -> list[Body]:
    value = read_json(call.request)
    flaws = rule.flaws(value)
    if flaws is not None:
        raise invalid(flaws if isinstance(flaws, dict) else {"body": flaws})
    return Body({"rows": value}).children("rows")


def _field(call: Call, field_id: int) -> CustomField:
    field = call.store.custom_fields.get(field_id)
    if field is None:
        raise not_found()
    return field
