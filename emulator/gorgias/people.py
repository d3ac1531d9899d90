"""`/api/users`, `/api/teams`: who works at the desk."""

from __future__ import annotations

from dataclasses import replace

from emulator.gorgias import render_people
from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.check import Email, Flag, Many, Rule, Shape, Text, Whole, checked_body
from emulator.gorgias.contacts import split_name
from emulator.gorgias.errors import answer, conflict, empty, flaw, not_found
from emulator.gorgias.records import Team, User
from emulator.gorgias.words import EXTERNAL_ID, OBJECT
from emulator.kernel.http import Response

ROLES = (
    "admin",
    "agent",
    "basic-agent",
    "bot",
    "internal-agent",
    "lite-agent",
    "observer-agent",
)
_USER: dict[str, Rule] = {
    "email": Email(),
    "name": Text(shortest=1, nullable=False),
    "firstname": Text(),
    "lastname": Text(),
    "active": Flag(nullable=False),
    "bio": Text(),
    "country": Text(),
    "external_id": EXTERNAL_ID,
    "language": Text(),
    "meta": OBJECT,
    "role": Shape({"name": Text(choices=ROLES, nullable=False)}, required=("name",)),
    "timezone": Text(),
}
_NEW_USER = Shape(_USER, required=("email", "name", "role"))
_CHANGED_USER = Shape(_USER)
_MEMBER = Shape({"id": Whole(nullable=False)}, required=("id",), is_open=True)
_TEAM: dict[str, Rule] = {
    "name": Text(shortest=1, nullable=False),
    "description": Text(),
    "decoration": OBJECT,
    "members": Many(_MEMBER),
}
_NEW_TEAM = Shape(_TEAM, required=("name",))
_CHANGED_TEAM = Shape(_TEAM)
_ORDERS = ("created_datetime:asc", "created_datetime:desc", "name:asc", "name:desc")


def list_users(call: Call) -> Response:
    listing, _ = call.listing(*_ORDERS, default="name:asc")
    page = listing.page(call.store.users.keys(listing.order.name))
    found = (call.store.users.get(each) for each in page.ids)
    return listing.answer(page, [render_people.user(each) for each in found if each is not None])


def show_user(call: Call) -> Response:
    """Id 0 is the caller."""
    return answer(render_people.user(_user(call)))


def post_user(call: Call) -> Response:
    call.caller.need_admin()
    body = checked_body(call.request, _NEW_USER)
    email = body.text("email") or ""
    if call.store.users.first("email", email.casefold()) is not None:
        raise conflict(f"A user with the email {email} already exists.")
    change = call.change()
    stamp = change.stamp()
    user_id = call.store.ids.take("person")
    blank = User(user_id, stamp, stamp, email, "", "", "", role="agent", meta={})
    user = _with_given(blank, body)
    call.store.users.put(user)
    change.log("user-created", "User", user.id)
    return answer(render_people.user(user), 201)


def put_user(call: Call) -> Response:
    user = _user(call)
    if user.id != call.caller.user.id:
        call.caller.need_admin()
    body = checked_body(call.request, _CHANGED_USER)
    change = call.change()
    changed = replace(_with_given(user, body), updated=change.stamp())
    call.store.users.put(changed)
    change.log("user-updated", "User", user.id)
    return answer(render_people.user(changed))


def remove_user(call: Call) -> Response:
    """Their tickets lose the assignee."""
    call.caller.need_admin()
    user = _user(call)
    if user.id == call.caller.user.id:
        raise conflict("You cannot delete yourself.")
    for ticket in call.store.tickets.group("user", user.id):
        call.store.tickets.put(replace(ticket, assignee_user_id=None))
    call.store.users.remove(user.id)
    call.change().log("user-deleted", "User", user.id)
    return empty(204)


def _with_given(user: User, body: Body) -> User:
    role = body.child("role")
    name = body.text("name")
    first, last = split_name(name) if name else (user.firstname, user.lastname)
    active = body.flag("active")
    return replace(
        user,
        email=body.text("email") or user.email,
        name=name or user.name,
        firstname=body.text("firstname") or first,
        lastname=body.text("lastname") or last,
        role=(role.text("name") if role else None) or user.role,
        active=user.active if active is None else active,
        bio=body.text("bio") if "bio" in body else user.bio,
        country=body.text("country") if "country" in body else user.country,
        external_id=body.text("external_id") if "external_id" in body else user.external_id,
        language=body.text("language") if "language" in body else user.language,
        timezone=body.text("timezone") if "timezone" in body else user.timezone,
        meta=body.raw("meta") if "meta" in body else user.meta,
    )


def _user(call: Call) -> User:
    user_id = call.path_id("user_id") or call.caller.user.id
    user = call.store.users.get(user_id)
    if user is None:
        raise not_found()
    return user


def list_teams(call: Call) -> Response:
    listing, _ = call.listing(*_ORDERS, default="created_datetime:desc")
    teams = call.store.teams
    page = listing.page(teams.keys(listing.order.name))
    found = (teams.get(each) for each in page.ids)
    return listing.answer(page, [render_people.team(each, call.store) for each in found if each])


def show_team(call: Call) -> Response:
    return answer(render_people.team(_team(call), call.store))


def post_team(call: Call) -> Response:
    call.caller.need_admin()
    body = checked_body(call.request, _NEW_TEAM)
    change = call.change()
    blank = Team(call.store.ids.take("team"), change.stamp(), "", None, {}, ())
    team = _team_with_given(call, blank, body)
    call.store.teams.put(team)
    change.log("team-created", "Team", team.id)
    return answer(render_people.team(team, call.store), 201)


def put_team(call: Call) -> Response:
    call.caller.need_admin()
    team = _team(call)
    changed = _team_with_given(call, team, checked_body(call.request, _CHANGED_TEAM))
    call.store.teams.put(changed)
    call.change().log("team-updated", "Team", team.id)
    return answer(render_people.team(changed, call.store))


def remove_team(call: Call) -> Response:
    """Its tickets lose the team."""
    call.caller.need_admin()
    team = _team(call)
    for ticket in call.store.tickets.group("team", team.id):
        call.store.tickets.put(replace(ticket, assignee_team_id=None))
    call.store.teams.remove(team.id)
    call.change().log("team-deleted", "Team", team.id)
    return empty(204)


def _team_with_given(call: Call, team: Team, body: Body) -> Team:
    member_ids = [each.whole("id") or 0 for each in body.children("members")]
    if any(call.store.users.get(each) is None for each in member_ids):
        raise flaw("members", "Some users do not exist.")
    return replace(
        team,
        name=body.text("name") or team.name,
        description=body.text("description") if "description" in body else team.description,
        decoration=body.raw("decoration") if "decoration" in body else team.decoration,
        member_ids=tuple(member_ids) if "members" in body else team.member_ids,
    )


def _team(call: Call) -> Team:
    team = call.store.teams.get(call.path_id("team_id"))
    if team is None:
        raise not_found()
    return team
