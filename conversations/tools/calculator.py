"""A calculator that evaluates nothing but arithmetic: whole numbers exactly, decimals to 34 digits, all of it bounded.

A model writes the expression, so it is read as a tree and only known nodes are computed; nothing is ever executed.
"""

from __future__ import annotations

import ast
import decimal
import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal

from pydantic import Field

from conversations.tools.base import Arguments, Tool, ToolError

LONGEST = 1000
MOST_DIGITS = 1000
DEEPEST = 60
LARGEST_FACTORIAL = 400

Number = int | Decimal
_CONTEXT = decimal.Context(
    prec=34,
    Emax=MOST_DIGITS,
    Emin=-MOST_DIGITS,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
_LIKE_MODELS_WRITE = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**"})
_CONSTANTS = {"pi": Decimal(str(math.pi)), "e": Decimal(str(math.e)), "tau": Decimal(str(math.tau))}


class _Sum(Arguments):
    expression: str = Field(
        max_length=LONGEST,
        description="Arithmetic such as (2 + 3) * 4 ** 0.5; + - * / // % **, parentheses, "
        "sqrt abs round floor ceil min max factorial gcd exp ln log10 log2 sin cos tan asin acos atan radians degrees, "
        "pi e tau",
    )


def calculate(expression: str) -> str:
    """The value of `expression` as text. Raises ToolError, which says what is wrong."""
    if len(expression) > LONGEST:
        raise _wrong(f"The expression is longer than {LONGEST} characters.")
    try:
        tree = ast.parse(expression.translate(_LIKE_MODELS_WRITE).strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _wrong("That is not an arithmetic expression.") from None
    try:
        with decimal.localcontext(_CONTEXT):
            return _text(_value(tree.body, 0))
    except ZeroDivisionError:
        raise _wrong("Division by zero.") from None
    except (OverflowError, decimal.Overflow):
        raise _wrong(f"The result has more than {MOST_DIGITS} digits.") from None
    except (decimal.InvalidOperation, ValueError, TypeError):
        raise _wrong("A number is outside what the operation takes.") from None


async def _run(arguments: Mapping[str, object]) -> str:
    return calculate(_Sum.read(arguments).expression)


def _wrong(text: str) -> ToolError:
    return ToolError("tool_arguments", text)


def _value(node: ast.AST, depth: int) -> Number:
    if depth > DEEPEST:
        raise _wrong("The expression is nested too deeply.")
    match node:
        case ast.Constant(value=int() | float() as given) if not isinstance(given, bool):
            return _bounded(given) if isinstance(given, int) else +Decimal(repr(given))
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
            value = _value(operand, depth + 1)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _bounded(_OPERATORS[type(op)](_value(left, depth + 1), _value(right, depth + 1)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*(_value(each, depth + 1) for each in args)))
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            raise _wrong(f"“{name}” is not known here.")
    raise _wrong("Only numbers, + - * / // % **, parentheses and the named functions can be computed.")


def _bounded(number: Number) -> Number:
    if isinstance(number, int) and number.bit_length() > MOST_DIGITS * math.log2(10):
        raise OverflowError
    return number


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if exponent * max(base.bit_length() - 1, 0) > MOST_DIGITS * math.log2(10):
            raise OverflowError
        return int(base**exponent)
    return Decimal(base) ** Decimal(exponent)


def _divide(above: Number, below: Number) -> Number:
    if isinstance(above, int) and isinstance(below, int) and below and above % below == 0:
        return above // below
    return Decimal(above) / Decimal(below)


def _floor_divide(above: Number, below: Number) -> Number:
    if isinstance(above, int) and isinstance(below, int):
        return above // below
    return (Decimal(above) / Decimal(below)).to_integral_value(decimal.ROUND_FLOOR)


def _modulo(above: Number, below: Number) -> Number:
    """With the sign of `below`, as for whole numbers (Decimal's own takes that of `above`)."""
    if isinstance(above, int) and isinstance(below, int):
        return above % below
    return above - below * _floor_divide(above, below)


def _factorial(number: Number) -> int:
    if not isinstance(number, int) or not 0 <= number <= LARGEST_FACTORIAL:
        raise _wrong(f"factorial takes a whole number from 0 to {LARGEST_FACTORIAL}.")
    return math.factorial(number)


def _round(number: Number, digits: Number = 0) -> Number:
    places = max(-MOST_DIGITS, min(MOST_DIGITS, int(digits)))
    if isinstance(number, int) or places == 0:
        return round(number, places) if isinstance(number, int) else round(number)
    return round(number, places)


def _gcd(first: Number, second: Number) -> int:
    if not (isinstance(first, int) and isinstance(second, int)):
        raise _wrong("gcd takes whole numbers.")
    return math.gcd(first, second)


def _by_float(function: Callable[[float], float]) -> Callable[[Number], Decimal]:
    return lambda number: Decimal(repr(function(float(number))))


_OPERATORS: dict[type[ast.AST], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _modulo,
    ast.Pow: _power,
}
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    "sqrt": lambda number: Decimal(number).sqrt(),
    "abs": abs,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": min,
    "max": max,
    "factorial": _factorial,
    "gcd": _gcd,
    "exp": lambda number: Decimal(number).exp(),
    "ln": lambda number: Decimal(number).ln(),
    "log10": lambda number: Decimal(number).log10(),
    **{
        name: _by_float(getattr(math, name))
        for name in ("log2", "sin", "cos", "tan", "asin", "acos", "atan", "radians", "degrees")
    },
}


def _text(number: Number) -> str:
    """Without zeros that say nothing, and without an exponent while that is readable."""
    if isinstance(number, int):
        return str(number)
    if not number.is_finite():
        raise _wrong("The result is not a number.")
    if number == number.to_integral_value() and abs(number.adjusted()) < 34:
        return str(int(number))
    plain = number.normalize()
    return f"{plain:f}" if -20 < plain.adjusted() < 34 else str(plain)


CALCULATOR = Tool(
    "calculator",
    "Evaluates an arithmetic expression exactly. Use it for every calculation.",
    _Sum.schema_for_models(),
    _run,
)
