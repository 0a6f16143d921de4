"""Vitam's query language on JSON documents: the operators that a depositor needs."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.vitam import analyser

Json = dict[str, Any]
Predicate = Callable[[Mapping[str, Any]], bool]
Test = Callable[[Any, Any], Any]
MAX_WINDOW = 10_000


class InvalidQuery(Exception):
    """The query is not of the language."""


@dataclass(frozen=True, slots=True)
class Select:
    """A query ready to be applied.

    Attributes:
        conditions: all must hold.
        exact: values that a field must be among, by field, where the query says so at its top.
        worded: words that a text must have, all (AND) or one (OR), by field, where the query says so at its top.
    """

    conditions: tuple[Predicate, ...] = ()
    exact: Mapping[str, Sequence[str]] = field(default_factory=dict)
    worded: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
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
    unsupported = [name for name in ("$roots", "$facets") if query.get(name)]
    if unsupported:
        raise InvalidQuery(f"{', '.join(unsupported)} must be empty here")
    if not isinstance(query.get("$projection"), dict):
        raise InvalidQuery("$projection is mandatory")
    clauses = _clauses(query.get("$query", [] if multiple else {}), multiple=multiple)
    conditions = tuple(_condition(clause, text_fields) for clause in clauses)
    exact: dict[str, list[str]] = {}
    worded: dict[str, tuple[str, frozenset[str]]] = {}
    for name, operand in _top(clauses):
        for field_name, value in operand.items():
            _collect_exact(exact, name, field_name, value)
            if isinstance(value, str) and name in _JOINED:
                worded[field_name] = (_JOINED[name], analyser.words(value))
    offset, limit, order = _filter(query.get("$filter", {}))
    fields = query["$projection"].get("$fields", {})
    if not isinstance(fields, dict):
        raise InvalidQuery("$fields must be an object")
    return Select(
        conditions,
        exact,
        worded,
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


def _top(clauses: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    """Operators that must all hold, with their operands."""
    for clause in clauses:
        for name, operand in clause.items():
            if name == "$and" and isinstance(operand, list):
                yield from _top([inner for inner in operand if isinstance(inner, dict)])
            elif isinstance(operand, dict):
                yield name, operand


def _collect_exact(exact: dict[str, list[str]], name: str, field_name: str, value: object) -> None:
    if name in ("$eq", "$in"):
        values = value if isinstance(value, list) else [value]
        texts = [found for found in values if isinstance(found, str)]
        if len(texts) == len(values):
            exact[field_name] = texts


def _condition(clause: object, text_fields: frozenset[str]) -> Predicate:
    if not isinstance(clause, dict) or len(clause) != 1:
        raise InvalidQuery(f"one operator is expected: {clause!r}")
    name, operand = next(iter(clause.items()))
    if name in ("$and", "$or", "$not"):
        return _combined(name, operand, text_fields)
    if name in ("$exists", "$missing"):
        present = name == "$exists"
        return lambda body: bool(_values(body, str(operand))) is present
    if name not in _TESTS or not isinstance(operand, dict) or len(operand) != 1:
        raise InvalidQuery(f"operator {name} is not known here, or takes one field")
    field_name, value = next(iter(operand.items()))
    if name == "$regex":
        value = _compiled(value)
    test = _TEXT_TESTS.get(name, _TESTS[name]) if field_name in text_fields else _TESTS[name]
    negated = name in ("$ne", "$nin")
    return lambda body: any(test(found, value) for found in _values(body, field_name)) is not negated


def _combined(name: str, operand: object, text_fields: frozenset[str]) -> Predicate:
    if not isinstance(operand, list):
        raise InvalidQuery(f"{name} takes an array")
    inner = [_condition(found, text_fields) for found in operand]
    if name == "$or":
        return lambda body: any(condition(body) for condition in inner)
    if name == "$and":
        return lambda body: all(condition(body) for condition in inner)
    return lambda body: not any(condition(body) for condition in inner)


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


def _same_text(found: Any, value: Any) -> bool:
    return analyser.matches(str(found), str(value))


def _among(same: Test) -> Test:
    return lambda found, value: isinstance(value, list) and any(same(found, one) for one in value)


def _any_word(found: Any, value: Any) -> bool:
    return bool(analyser.words(str(found)) & analyser.words(str(value)))


def _wildcard(found: Any, value: Any) -> bool:
    pattern = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in str(value))
    return re.fullmatch(pattern, str(found)) is not None


def _compiled(value: object) -> re.Pattern[str]:
    try:
        return re.compile(str(value))
    except re.error as error:
        raise InvalidQuery(f"$regex: {error}") from error


def _regex(found: Any, value: re.Pattern[str]) -> bool:
    return value.fullmatch(str(found)) is not None


def _compare(order: Test) -> Test:
    return lambda found, value: type(found) is type(value) and isinstance(found, str | int) and order(found, value)


def _range(found: Any, value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in _ORDERS and _ORDERS[name](found, bound) for name, bound in value.items()
    )


_ORDERS: dict[str, Test] = {
    "$lt": _compare(operator.lt),
    "$lte": _compare(operator.le),
    "$gt": _compare(operator.gt),
    "$gte": _compare(operator.ge),
}
_TESTS: dict[str, Test] = {
    "$eq": operator.eq,
    "$ne": operator.eq,
    "$in": _among(operator.eq),
    "$nin": _among(operator.eq),
    "$match": _any_word,
    "$match_all": _same_text,
    "$match_phrase": _same_text,
    "$wildcard": _wildcard,
    "$regex": _regex,
    "$range": _range,
    **_ORDERS,
}
_JOINED = {"$eq": "AND", "$match": "OR", "$match_all": "AND", "$match_phrase": "AND"}
_TEXT_TESTS: dict[str, Test] = {
    "$eq": _same_text,
    "$ne": _same_text,
    "$in": _among(_same_text),
    "$nin": _among(_same_text),
}


def _sort_key(body: Json, name: str) -> str:
    return str(next(iter(_values(body, name)), ""))
