"""`/api/customers`: list and find, show, create, update, delete, merge, data and field values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.gorgias import render_people
from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.check import (
    Anything,
    Email,
    Many,
    Moment,
    Rule,
    Shape,
    Text,
    Whole,
    checked_body,
    checked_query,
    read_json,
)
from emulator.gorgias.contacts import create_customer, save_customer, with_fields
from emulator.gorgias.custom_fields import checked_values, render_customer_values
from emulator.gorgias.desk import Change
from emulator.gorgias.errors import answer, conflict, empty, flaw, merged, not_found
from emulator.gorgias.records import Customer, Merge
from emulator.gorgias.words import CONTACT_CHANNELS, EXTERNAL_ID, FIELD_VALUE, OBJECT
from emulator.kernel.http import JsonValue, Response

_ORDERS = (
    "created_datetime:asc",
    "created_datetime:desc",
    "updated_datetime:asc",
    "updated_datetime:desc",
)
_FILTERS: dict[str, Rule] = {
    "email": Text(),
    "external_id": Text(),
    "name": Text(),
    "language": Text(),
    "timezone": Text(),
    "view_id": Whole(),
    "channel_type": Text(),
    "channel_address": Text(),
}
_FIELDS: dict[str, Rule] = {
    "email": Email(),
    "name": Text(),
    "firstname": Text(),
    "lastname": Text(),
    "external_id": EXTERNAL_ID,
    "language": Text(),
    "timezone": Text(),
    "note": Text(),
    "meta": OBJECT,
    "data": Anything(),
    "channels": CONTACT_CHANNELS,
    "custom_fields": Many(FIELD_VALUE),
}
_CUSTOMER = Shape(_FIELDS)
_IDS = Shape({"ids": Many(Whole(nullable=False), fewest=1, nullable=False)}, required=("ids",))
_MERGE_IDS: dict[str, Rule] = {"source_id": Whole(smallest=1), "target_id": Whole(smallest=1)}
_DATA = Shape({"data": Anything(), "version": Moment()}, required=("data",))
_ONE_VALUE = Shape({"id": Whole(), "value": Anything()}, required=("value",))


def list_customers(call: Call) -> Response:
    listing, query = call.listing(*_ORDERS, default="created_datetime:desc", filters=_FILTERS)
    customers = call.store.customers
    if query.whole("view_id"):
        raise flaw("view_id", "View does not exist.")
    found = _indexed(call, query)
    keys = (
        customers.keys(listing.order.name)
        if found is None
        else customers.sorted_keys(listing.order.name, found)
    )
    page = listing.page(keys, _is_wanted(call, query))
    rows = (customers.get(each) for each in page.ids)
    return listing.answer(page, [render_people.customer_row(each) for each in rows if each])


def _indexed(call: Call, query: Body) -> list[Customer] | None:
    """The customers found by one of the indexed filters; None when none was given."""
    customers = call.store.customers
    email, address = query.text("email"), query.text("channel_address")
    if email is not None:
        return customers.group("email", email.casefold())
    if address is not None:
        return customers.group("channel", (query.text("channel_type"), address.casefold()))
    for name in ("external_id", "name"):
        value = query.text(name)
        if value is not None:
            return customers.group(name, value)
    return None


def _is_wanted(call: Call, query: Body) -> Callable[[int], bool] | None:
    """All filters together, for what one index alone does not decide."""
    wanted = {
        name: query.text(name)
        for name in ("external_id", "name", "language", "timezone")
        if query.text(name) is not None
    }
    if not wanted:
        return None

    def is_wanted(customer_id: int) -> bool:
        customer = call.store.customers.get(customer_id)
        if customer is None:
            return False
        actual = {
            "external_id": customer.external_id,
            "name": customer.name,
            "language": customer.language,
            "timezone": customer.timezone,
        }
        return all(actual[name] == value for name, value in wanted.items())

    return is_wanted


def show_customer(call: Call) -> Response:
    checked_query(call.request, {"relationships": Many(Text(choices=("custom_fields",)))})
    return answer(render_people.customer_detail(_customer(call)))


def post_customer(call: Call) -> Response:
    call.caller.need_writer()
    body = checked_body(call.request, _CUSTOMER)
    change = call.change()
    customer = _with_extras(call, create_customer(call.desk, body, change), body)
    call.store.customers.put(customer)
    return answer(render_people.customer_detail(customer), 201)


def put_customer(call: Call) -> Response:
    call.caller.need_writer()
    customer = _customer(call)
    body = checked_body(call.request, _CUSTOMER)
    change = call.change()
    changed = _updated(call, customer, body, change)
    return answer(render_people.customer_detail(changed))


def _updated(call: Call, customer: Customer, body: Body, change: Change) -> Customer:
    email = body.text("email")
    holder = call.store.customers.first("email", email.casefold()) if email else None
    if holder is not None and holder.id != customer.id:
        raise conflict(f"A customer with the email {email} already exists.")
    changed = with_fields(call.desk, customer, body, change.stamp)
    changed = replace(_with_extras(call, changed, body), updated=change.stamp())
    save_customer(call.desk, changed, change)
    return changed


def _with_extras(call: Call, customer: Customer, body: Body) -> Customer:
    if "data" in body:
        customer = replace(customer, data=body.raw("data"))
    if "custom_fields" in body:
        given = checked_values(call.store, "Customer", body.children("custom_fields"))
        customer = replace(customer, field_values=_known({**customer.field_values, **given}))
    return customer


def remove_customer(call: Call) -> Response:
    call.caller.need_writer()
    _delete(call, _customer(call), call.change())
    return empty(204)


def remove_customers(call: Call) -> Response:
    call.caller.need_writer()
    ids = dict.fromkeys(checked_body(call.request, _IDS).wholes("ids"))
    found = [call.store.customers.get(each) for each in ids]
    if None in found:
        raise flaw("ids", "Some customers do not exist.")
    change = call.change()
    for customer in found:
        if customer is not None:
            _delete(call, customer, change)
    return empty(204)


def _delete(call: Call, customer: Customer, change: Change) -> None:
    """The customer's tickets stay, without a customer."""
    for ticket in call.store.tickets.group("customer", customer.id):
        call.store.tickets.put(replace(ticket, customer_id=None))
    call.store.customers.remove(customer.id)
    change.log("customer-deleted", "Customer", customer.id)


def merge_customers(call: Call) -> Response:
    """Both ids stand in the query; the source's id answers 301 from then on."""
    call.caller.need_writer()
    query = checked_query(call.request, _MERGE_IDS)
    body = checked_body(call.request, _CUSTOMER)
    source, target = (_named(call, query, name) for name in ("source_id", "target_id"))
    if source.id == target.id:
        raise flaw("source_id", "A customer cannot be merged into itself.")
    change = call.change()
    _repoint(call, source, target)
    call.store.customers.remove(source.id)
    call.store.customer_merges.put(Merge(source.id, target.id))
    change.log("customer-merged", "Customer", source.id, {"target_customer_id": target.id})
    known = {(each.type, each.address) for each in target.channels}
    gained = [each for each in source.channels if (each.type, each.address) not in known]
    grown = replace(
        target,
        channels=(*target.channels, *(replace(each, preferred=False) for each in gained)),
        email=target.email or source.email,
        name=target.name or source.name,
        note=target.note or source.note,
        field_values={**source.field_values, **target.field_values},
    )
    return answer(render_people.customer_detail(_updated(call, grown, body, change)))


def _repoint(call: Call, source: Customer, target: Customer) -> None:
    for ticket in call.store.tickets.group("customer", source.id):
        call.store.tickets.put(replace(ticket, customer_id=target.id))
    for message in call.store.messages.group("person", source.id):
        sender = target.id if message.sender_id == source.id else message.sender_id
        receiver = target.id if message.receiver_id == source.id else message.receiver_id
        call.store.messages.put(replace(message, sender_id=sender, receiver_id=receiver))


def put_customer_data(call: Call) -> Response:
    """Replaces the data unless a newer version is held: then the request is ignored in silence."""
    call.caller.need_writer()
    customer = _customer(call)
    body = checked_body(call.request, _DATA)
    version = body.moment("version")
    held = customer.data_version
    if version is None or held is None or version >= held:
        change = call.change()
        changed = replace(
            customer, data=body.raw("data"), data_version=version, updated=change.stamp()
        )
        save_customer(call.desk, changed, change)
    return empty(202)


def list_customer_values(call: Call) -> Response:
    return answer(render_customer_values(call.store, _customer(call)))


def put_customer_values(call: Call) -> Response:
    """Merges the values of a bare list."""
    value = read_json(call.request)
    flaws = Many(FIELD_VALUE, nullable=False).flaws(value)
    if flaws is not None:
        raise flaw("body", "Invalid values.")
    return _merge_values(call, Body({"rows": value}).children("rows"))


def put_customer_value(call: Call) -> Response:
    value = checked_body(call.request, _ONE_VALUE).raw("value")
    return _merge_values(call, [Body({"id": call.path_id("field_id"), "value": value})])


def _merge_values(call: Call, bodies: list[Body]) -> Response:
    call.caller.need_writer()
    customer = _customer(call)
    given = checked_values(call.store, "Customer", bodies)
    changed = replace(customer, field_values=_known({**customer.field_values, **given}))
    call.store.customers.put(changed)
    call.change().log("customer-updated", "Customer", customer.id)
    shown = replace(changed, field_values={each: given[each] for each in given})
    return answer(render_customer_values(call.store, shown))


def remove_customer_value(call: Call) -> Response:
    call.caller.need_writer()
    customer = _customer(call)
    field_id = call.path_id("field_id")
    if field_id not in customer.field_values:
        raise not_found()
    kept = {each: value for each, value in customer.field_values.items() if each != field_id}
    call.store.customers.put(replace(customer, field_values=kept))
    call.change().log("customer-updated", "Customer", customer.id)
    return empty(204)


def _known(values: dict[int, JsonValue]) -> dict[int, JsonValue]:
    return {field: value for field, value in values.items() if value is not None}


def _named(call: Call, query: Body, name: str) -> Customer:
    customer_id = query.whole(name)
    if customer_id is None:
        raise flaw(name, "Missing data for required field.")
    customer = call.store.customers.get(customer_id)
    if customer is None:
        raise not_found()
    return customer


def _customer(call: Call) -> Customer:
    """The customer that the path names; 301 when merged, 404 when gone."""
    customer_id = call.path_id("customer_id")
    customer = call.store.customers.get(customer_id)
    if customer is not None:
        return customer
    gone = call.store.customer_merges.get(customer_id)
    if gone is None:
        raise not_found()
    raise merged("customer", f"/api/customers/{gone.target_id}/")
