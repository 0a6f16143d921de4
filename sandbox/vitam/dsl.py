"""Vitam's query language on JSON documents: the operators that a depositor needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.vitam import analyser

Json = dict[str, Any]
Predicate = Callable[[Mapping[str, Any]], bool]
MAX_WINDOW = 10_000


class InvalidQuery(Exception):
    """The query is not of the language."""


@dataclass(frozen=True, slots=True)
class Select:
    """A query ready to be applied.

    Attributes:
        conditions: all must hold.
        exact: values that a field must be among, by field, where the query says so at its top.
    """

    conditions: tuple[Predicate, ...] = ()
    exact: Mapping[str, Sequence[str]] = field(default_factory=dict)
    offset: int = 0
    limit: int = MAX_WINDOW
    order: tuple[tuple[str, int], ...] = ()
    fields: tuple[str, ...] = ()

    def apply(self, documents: Sequence[Json]) -> tuple[list[Json], dict[str, int]]:
        """The page of documents asked for, and the hits."""
        found = [body for body in documents if all(condition(body) for condition in self.conditions)]
        for name, direction in reversed(self.order):
            found.sort(key=lambda body, name=name: _sort_key(body, name), reverse=direction < 0)  # type: ignore[misc]  # mypy cannot type a default in a lambda
        page = found[self.offset : self.offset + self.limit]
        hits = {"total": len(found), "offset": self.offset, "limit": self.limit, "size": len(page)}
        return [self._project(body) for body in page], hits

    def _project(self, body: Json) -> Json:
        return {name: body[name] for name in self.fields if name in body} if self.fields else body


def parse(query: object, *, text_fields: frozenset[str], multiple: bool) -> Select:
    """Read a query: `$query` is an array in a multiple query, an object in a single one.

    Raises:
        InvalidQuery: a part is missing, of the wrong kind, or an operator that is not known here.
    """
    if not isinstance(query, dict):
        raise InvalidQuery("the query is not an object")
    unknown = set(query) - {"$roots", "$query", "$filter", "$projection", "$facets", "$threshold"}
    if unknown:
        raise InvalidQuery(f"unexpected {', '.join(sorted(unknown))}")
    if not isinstance(query.get("$projection"), dict):
        raise InvalidQuery("$projection is mandatory")
    clauses = _clauses(query.get("$query", [] if multiple else {}), multiple=multiple)
    conditions = tuple(_condition(clause, text_fields) for clause in clauses)
    exact: dict[str, list[str]] = {}
    for clause in clauses:
        _collect_exact(clause, exact)
    offset, limit, order = _filter(query.get("$filter", {}))
    fields = query["$projection"].get("$fields", {})
    if not isinstance(fields, dict):
        raise InvalidQuery("$fields must be an object")
    return Select(
        conditions,
        exact,
        offset,
        limit,
        order,
        tuple(name for name, wanted in fields.items() if wanted),
    )


def _clauses(query: object, *, multiple: bool) -> list[Json]:
    expected = list if multiple else dict
    if not isinstance(query, expected):
        raise InvalidQuery(f"$query must be {'an array' if multiple else 'an object'}")
    listed = query if isinstance(query, list) else ([query] if query else [])
    cleaned = [{k: v for k, v in c.items() if k != "$depth"} if isinstance(c, dict) else c for c in listed]
    return [clause for clause in cleaned if clause]


def _filter(options: object) -> tuple[int, int, tuple[tuple[str, int], ...]]:
    if not isinstance(options, dict):
        raise InvalidQuery("$filter must be an object")
    offset, limit = options.get("$offset", 0), options.get("$limit", MAX_WINDOW)
    if not isinstance(offset, int) or not isinstance(limit, int) or offset < 0 or limit < 1:
        raise InvalidQuery("$offset and $limit must be integers")
    if "$limit" not in options:
        limit = max(MAX_WINDOW - offset, 0)
    if offset + limit > MAX_WINDOW or limit < 1:
        raise InvalidQuery(f"$offset + $limit must not exceed {MAX_WINDOW}")
    order = options.get("$orderby", {})
    if not isinstance(order, dict) or not all(direction in (1, -1) for direction in order.values()):
        raise InvalidQuery("$orderby gives 1 or -1 by field")
    return offset, limit, tuple(order.items())


def _collect_exact(clause: Json, exact: dict[str, list[str]]) -> None:
    for operator, operand in clause.items():
        if operator == "$and" and isinstance(operand, list):
            for inner in operand:
                if isinstance(inner, dict):
                    _collect_exact(inner, exact)
        elif operator in ("$eq", "$in") and isinstance(operand, dict):
            for name, value in operand.items():
                values = value if isinstance(value, list) else [value]
                if all(isinstance(found, str) for found in values):
                    exact[name] = values


def _condition(clause: object, text_fields: frozenset[str]) -> Predicate:
    if not isinstance(clause, dict) or len(clause) != 1:
        raise InvalidQuery(f"one operator is expected: {clause!r}")
    operator, operand = next(iter(clause.items()))
    if operator in ("$and", "$or", "$not"):
        if not isinstance(operand, list):
            raise InvalidQuery(f"{operator} takes an array")
        inner = [_condition(found, text_fields) for found in operand]
        if operator == "$or":
            return lambda body: any(condition(body) for condition in inner)
        if operator == "$and":
            return lambda body: all(condition(body) for condition in inner)
        return lambda body: not any(condition(body) for condition in inner)
    if operator in ("$exists", "$missing"):
        present = operator == "$exists"
        return lambda body: bool(_values(body, str(operand))) is present
    test = _TESTS.get(operator)
    if test is None or not isinstance(operand, dict) or len(operand) != 1:
        raise InvalidQuery(f"operator {operator} is not known here, or takes one field")
    name, value = next(iter(operand.items()))
    analysed = name in text_fields
    negated = operator in ("$ne", "$nin")
    return lambda body: any(test(found, value, analysed) for found in _values(body, name)) is not negated


def _values(body: Mapping[str, Any], path: str) -> list[Any]:
    """Values at a dotted path, lists opened."""
    found: list[Any] = [body]
    for name in path.split("."):
        following: list[Any] = []
        for value in found:
            inner = value.get(name) if isinstance(value, Mapping) else None
            following.extend(inner if isinstance(inner, list) else [inner])
        found = [value for value in following if value is not None]
    return found


def _equal(found: Any, value: Any, analysed: bool) -> bool:  # noqa: FBT001  one shape for every test
    if analysed and isinstance(found, str) and isinstance(value, str):
        return analyser.matches(found, value)
    return bool(found == value)


def _among(found: Any, value: Any, analysed: bool) -> bool:  # noqa: FBT001
    return isinstance(value, list) and any(_equal(found, one, analysed) for one in value)


def _match(found: Any, value: Any, _analysed: bool) -> bool:  # noqa: FBT001
    return bool(analyser.words(str(found)) & analyser.words(str(value)))


def _match_all(found: Any, value: Any, _analysed: bool) -> bool:  # noqa: FBT001
    return analyser.matches(str(found), str(value))


def _wildcard(found: Any, value: Any, _analysed: bool) -> bool:  # noqa: FBT001
    pattern = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in str(value))
    return re.fullmatch(pattern, str(found)) is not None


def _compare(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any, bool], bool]:
    return lambda found, value, _analysed: type(found) is type(value) and order(found, value)


def _range(found: Any, value: Any, _analysed: bool) -> bool:  # noqa: FBT001
    return isinstance(value, dict) and all(
        operator in _TESTS and _TESTS[operator](found, bound, False) for operator, bound in value.items()
    )


_TESTS: dict[str, Callable[[Any, Any, bool], bool]] = {
    "$eq": _equal,
    "$ne": _equal,
    "$in": _among,
    "$nin": _among,
    "$match": _match,
    "$match_all": _match_all,
    "$match_phrase": _match_all,
    "$wildcard": _wildcard,
    "$lt": _compare(lambda found, value: found < value),
    "$lte": _compare(lambda found, value: found <= value),
    "$gt": _compare(lambda found, value: found > value),
    "$gte": _compare(lambda found, value: found >= value),
    "$range": _range,
}


def _sort_key(body: Json, name: str) -> str:
    return str(next(iter(_values(body, name)), ""))
