#!/usr/bin/env python3
"""Twelve bills of large customers, and twelve with one error each, computed by hand so to speak.

Each bill is a function that spells out its steps, with Python's own exact numbers. It shares
nothing with the program that it checks but the rules: lines are rounded half away from zero, energy
to whole kWh and amounts to the minor unit; the power factor to hundredths; shares by days and by
periods are cut to millionths. Prices, customers and readings are invented.

  bills.py            writes bills.json beside itself
  bills.py --check    exits 1 when bills.json is not what would be written
"""

import json
import sys
from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from math import floor
from pathlib import Path

CUSTOMER = "0b8f4a52-6a3e-4c8e-9d0e-3f1c5a7b9d11"
START, END = "2026-08-01", "2026-09-01"
PERIODS = {"sharp": ("sharp", "尖"), "peak": ("peak", "峰"), "flat": ("flat", "平"),
           "valley": ("valley", "谷"), "deep-valley": ("deep valley", "深谷")}
ENERGY = {"en": "Energy", "zh": "电度电费"}
GRID = {"en": "Grid charge", "zh": "输配电价"}
FUND = {"en": "Renewable energy fund", "zh": "可再生能源附加"}
RESERVOIR = {"en": "Reservoir fund", "zh": "水库移民后期扶持资金"}
SYSTEM = {"en": "System operation", "zh": "系统运行费用"}
CAPACITY = {"en": "Basic charge by capacity", "zh": "基本电费(容量)"}
DEMAND = {"en": "Basic charge by maximum demand", "zh": "基本电费(最大需量)"}
FACTOR = {"en": "Power-factor adjustment", "zh": "功率因数调整电费"}
TAX = {"en": "Value-added tax", "zh": "增值税"}


def half_up(x, digits=0):
    """Half away from zero."""
    x = F(x) * 10**digits
    whole = floor(abs(x) + F(1, 2))
    return F(whole if x >= 0 else -whole, 10**digits)


def text(x):
    """A fraction with a finite decimal expansion, as short as can be."""
    d = Decimal(F(x).numerator) / Decimal(F(x).denominator)
    assert F(d) == F(x), x
    s = format(d, "f")
    return s.rstrip("0").rstrip(".") if "." in s else s


def days(a, b):
    return (date.fromisoformat(b) - date.fromisoformat(a)).days


def line(kind, name, quantity=None, unit=None, price=None, amount=None, share=F(1)):
    """Amounts in fen. Without an amount: quantity times price, for its share of the month."""
    if amount is None:
        amount = half_up(F(quantity) * F(price) * 100 * share)
    out = {"kind": kind, "text": name}
    if quantity is not None:
        out |= {"quantity": text(quantity), "unit": unit}
    if price is not None:
        out["price"] = price
    return out | {"amount": int(amount)}


def by_period(kwh, prices, name=ENERGY):
    return [line("energy", {"en": f'{name["en"]}, {PERIODS[p][0]}', "zh": f'{name["zh"]}({PERIODS[p][1]})'},
                 half_up(kwh[p]), "kWh", price) for p, price in prices.items()]


def factor_of(active, reactive):
    """In hundredths: the largest h with h-1/2 not above 100 cos(atan(reactive/active))."""
    p, q = half_up(active), half_up(reactive)
    h = 0
    while h < 100 and (2 * (h + 1) - 1) ** 2 * (p * p + q * q) <= 40000 * p * p:
        h += 1
    return h


def sum_of(lines, *kinds):
    return sum(l["amount"] for l in lines if l["kind"] in kinds)


def adjust(lines, percent):
    """The power-factor line on energy and basic charge."""
    base = sum_of(lines, "energy", "capacity", "demand")
    amount = half_up(base * F(percent) / 100)
    return line("power-factor", FACTOR, F(percent), "%", None, amount)


def bill(number, lines, tax_percent="13", on_top=False):
    levies = sum_of(lines, "levy")
    taxed = sum(l["amount"] for l in lines) - levies
    if on_top:
        tax = int(half_up(taxed * F(tax_percent) / 100))
        lines = lines + [line("tax", TAX, F(tax_percent), "%", None, tax)]
        revenue = taxed
    else:
        revenue = int(half_up(F(taxed) / (1 + F(tax_percent) / 100)))
        tax = taxed - revenue
    return {"bill": f"B-2026-08-{number:02}", "account": f"C-{number:02}", "customer": CUSTOMER,
            "period": "2026-08", "currency": "CNY", "issued": END, "due": "2026-09-15",
            "lines": lines, "total": revenue + tax + levies, "revenue": revenue, "tax": tax,
            "levies": levies}


# What the tariffs and the meters say, as documents.

def energy_charge(prices, name=ENERGY):
    return {"kind": "energy", "text": name, "prices": [
        {"period": p, "text": {"en": PERIODS[p][0], "zh": PERIODS[p][1]}, "price": price}
        for p, price in prices.items()]}


def flat_charge(kind, name, price):
    return {"kind": kind, "text": name, "price": price}


def version(charges, basic=None, target=None, since="2026-01-01", on_top=False):
    out = {"from": since, "charges": charges,
           "tax": {"text": TAX, "percent": "13", "included": not on_top}}
    if basic:
        out["basic"] = basic
    if target:
        out["power_factor"] = {"target": target}
    return out


def tariff(*versions, name="T-1"):
    return {"tariff": name, "name": {"en": "Large industry", "zh": "大工业"}, "currency": "CNY",
            "versions": list(versions)}


def by_capacity(price):
    return {"kind": "capacity", "text": CAPACITY, "price": price}


def by_demand(price, charged="contracted"):
    return {"kind": "demand", "text": DEMAND, "price": price, "charged": charged,
            "limit_percent": 105, "excess_times": 2}


def register(kind, values, period=None):
    out = {"kind": kind, "readings": [{"at": at, "value": value} for at, value in values]}
    return out | ({"period": period} if period else {})


def month_of(values, kind="active", period=None):
    return register(kind, [(START, values[0]), (END, values[1])], period)


def meter(multiplier, registers, demand=None, number="M-1", digits=6):
    out = {"meter": number, "multiplier": multiplier, "digits": digits, "registers": registers}
    return out | ({"demand_kw": demand} if demand else {})


def point(*meters, name="P-1", tariff="T-1", under=None, losses=None):
    out = {"point": name, "tariff": tariff, "meters": list(meters)}
    return out | ({"under": under} if under else {}) | ({"losses": losses} if losses else {})


def metered(number, points, *basis):
    return {"account": f"C-{number:02}", "month": "2026-08", "from": START, "to": END,
            "points": points, "basis": list(basis)}


def basis(since="2026-01-01", **amounts):
    return {"tariff": "T-1", "from": since} | amounts


# The twelve.

FOUR = {"sharp": "1.1873", "peak": "0.9894", "flat": "0.6596", "valley": "0.2638"}


def steelworks(number, demand_reading, reactive):
    """Two parts, maximum demand, contracted 42,000 kW, multiplier 110,000/100 x 600/5 = 132,000."""
    readings = {"sharp": ("101.22", "113.47"), "peak": ("804.10", "862.96"),
                "flat": ("1210.55", "1290.31"), "valley": ("999.99", "1086.02")}
    kwh = {p: (F(b) - F(a)) * 132000 for p, (a, b) in readings.items()}
    kvarh = (F(reactive[0][1]) - F(reactive[0][0])) * 132000 + (F(reactive[1][1]) - F(reactive[1][0])) * 132000
    demand = F(demand_reading) * 132000
    limit = F(42000) * 105 / 100
    charged = demand + (demand - limit) if demand > limit else F(42000)
    lines = by_period(kwh, FOUR)
    lines.append(line("demand", DEMAND, half_up(charged), "kW", "38.4"))
    h = factor_of(sum(kwh.values()), kvarh)
    percent = {93: F("-0.45"), 88: F(1), 95: F("-0.75")}[h]  # of target 0.90
    lines.append(adjust(lines, percent))
    total = sum(half_up(e) for e in kwh.values())
    lines.append(line("surcharge", SYSTEM, total, "kWh", "0.0322"))
    lines.append(line("levy", FUND, total, "kWh", "0.019"))
    t = tariff(version([energy_charge(FOUR), flat_charge("surcharge", SYSTEM, "0.0322"),
                        flat_charge("levy", FUND, "0.019")], by_demand("38.4"), 90))
    registers = [month_of(v, period=p) for p, v in readings.items()]
    registers += [month_of(reactive[0], "reactive-import"), month_of(reactive[1], "reactive-export")]
    m = metered(number, [point(meter("132000", registers, demand_reading))], basis(contracted_kw="42000"))
    return {"what": f"steelworks, demand {text(demand)} kW of 42,000, power factor 0.{h}",
            "tariffs": [t], "metered": m, "bill": bill(number, lines), "assumptions": []}


def hospital(number):
    """By capacity, 6,300 kVA; power factor under its target of 0.85."""
    readings = {"peak": ("4001.1", "4077.4"), "flat": ("3880.0", "3965.5"), "valley": ("2100.9", "2178.3")}
    prices = {"peak": "0.9211", "flat": "0.6141", "valley": "0.3071"}
    kwh = {p: (F(b) - F(a)) * 4000 for p, (a, b) in readings.items()}
    kvarh = F("165.3") * 4000
    lines = by_period(kwh, prices)
    lines.append(line("capacity", CAPACITY, 6300, "kVA", "25.6"))
    assert factor_of(sum(kwh.values()), kvarh) == 82
    lines.append(adjust(lines, F("1.5")))  # three hundredths at 0.5 %
    total = sum(half_up(e) for e in kwh.values())
    lines.append(line("levy", FUND, total, "kWh", "0.019"))
    lines.append(line("levy", RESERVOIR, total, "kWh", "0.0062"))
    t = tariff(version([energy_charge(prices), flat_charge("levy", FUND, "0.019"),
                        flat_charge("levy", RESERVOIR, "0.0062")], by_capacity("25.6"), 85))
    registers = [month_of(v, period=p) for p, v in readings.items()]
    registers.append(month_of(("900.0", "1065.3"), "reactive-import"))
    m = metered(number, [point(meter("4000", registers))], basis(capacity_kva="6300"))
    return {"what": "hospital by capacity, power factor 0.82 of 0.85", "tariffs": [t], "metered": m,
            "bill": bill(number, lines), "assumptions": []}


def data_centre(number):
    """Two metering points with different multipliers, power factor 1.00, energy and grid charge."""
    a = {"peak": ("10.5", "310.5"), "flat": ("20.25", "333.75"), "valley": ("7", "299")}
    b = {"peak": ("0", "150.4"), "flat": ("0", "149.9"), "valley": ("0", "151.1")}
    prices = {"peak": "0.8023", "flat": "0.5349", "valley": "0.2674"}
    kwh = {p: (F(a[p][1]) - F(a[p][0])) * 12000 + (F(b[p][1]) - F(b[p][0])) * 8000 for p in prices}
    lines = by_period(kwh, prices)
    total = sum(half_up(e) for e in kwh.values())
    lines.append(line("energy", GRID, total, "kWh", "0.13714"))
    lines.append(line("capacity", CAPACITY, 40000, "kVA", "23.2"))
    assert factor_of(sum(kwh.values()), F(12) * 12000 + F(9) * 8000) == 100
    lines.append(adjust(lines, F("-0.75")))
    lines.append(line("levy", FUND, total, "kWh", "0.019"))
    t = tariff(version([energy_charge(prices), flat_charge("energy", GRID, "0.13714"),
                        flat_charge("levy", FUND, "0.019")], by_capacity("23.2"), 90))
    first = [month_of(v, period=p) for p, v in a.items()] + [month_of(("1", "13"), "reactive-import")]
    second = [month_of(v, period=p) for p, v in b.items()] + [month_of(("0", "9"), "reactive-export")]
    m = metered(number, [point(meter("12000", first)), point(meter("8000", second, number="M-2"), name="P-2")],
                basis(capacity_kva="40000"))
    return {"what": "data centre, two metering points, power factor 1.00", "tariffs": [t], "metered": m,
            "bill": bill(number, lines), "assumptions": []}


def capacity_changed(number):
    """10,000 kVA for 10 days, then 16,000 kVA for 21; one price for all energy."""
    kwh = (F("8820.75") - F("8120.5")) * 3000
    lines = [line("energy", ENERGY, half_up(kwh), "kWh", "0.5512"),
             line("capacity", CAPACITY, 10000, "kVA", "26", share=F(10, 31)),
             line("capacity", CAPACITY, 16000, "kVA", "26", share=F(21, 31))]
    t = tariff(version([flat_charge("energy", ENERGY, "0.5512")], by_capacity("26")))
    m = metered(number, [point(meter("3000", [month_of(("8120.5", "8820.75"))]))],
                basis(capacity_kva="10000"), basis("2026-08-11", capacity_kva="16000"))
    return {"what": "capacity changed on the 11th", "tariffs": [t], "metered": m,
            "bill": bill(number, lines), "assumptions": []}


def tariff_changed(number, read):
    """New prices from the 16th, with a reading on that day or without one."""
    old, new = {"peak": "0.9", "valley": "0.3"}, {"peak": "0.9455", "valley": "0.2811"}
    values = {"peak": ("500", "733.33", "1001.17"), "valley": ("600", "811.11", "1044.94")}
    first, second = {}, {}
    for p, (a, at_change, b) in values.items():
        whole = (F(b) - F(a)) * 1000
        first[p] = (F(at_change) - F(a)) * 1000 if read else half_up(whole * 15 / 31, 6)
        second[p] = whole - first[p]
    lines = by_period(first, old) + by_period(second, new)
    lines.append(line("capacity", CAPACITY, 2000, "kVA", "25", share=F(15, 31)))
    lines.append(line("capacity", CAPACITY, 2000, "kVA", "27.5", share=F(16, 31)))
    t = tariff(version([energy_charge(old)], by_capacity("25")),
               version([energy_charge(new)], by_capacity("27.5"), since="2026-08-16"))
    registers = [register("active", [(START, a), ("2026-08-16", c), (END, b)] if read else [(START, a), (END, b)], p)
                 for p, (a, c, b) in values.items()]
    m = metered(number, [point(meter("1000", registers))], basis(capacity_kva="2000"))
    return {"what": f"tariff changed on the 16th, {'read' if read else 'not read'} on that day", "tariffs": [t],
            "metered": m, "bill": bill(number, lines), "assumptions": [] if read else ["split-by-days"]}


def low_side(number):
    """Measured behind the customer's transformer: iron 2.45 kW and copper 1.5 % are added."""
    peak, valley = F("311.17") * 600, F("402.03") * 600
    loss = half_up(F("2.45") * 24 * 31 + (peak + valley) * F("1.5") / 100, 6)
    to_peak = half_up(loss * peak / (peak + valley), 6)
    kwh = {"peak": peak + to_peak, "valley": valley + (loss - to_peak)}
    kvarh = F("200") * 600
    kvarh += half_up(F("11") * 24 * 31 + kvarh * F("4") / 100, 6)
    prices = {"peak": "0.8811", "valley": "0.3322"}
    lines = by_period(kwh, prices)
    assert factor_of(sum(kwh.values()), kvarh) == 96
    lines.append(adjust(lines, F("-1.3")))  # target 0.80, no more than at 0.92
    t = tariff(version([energy_charge(prices)], target=80))
    registers = [month_of(("1", "312.17"), period="peak"), month_of(("2", "404.03"), period="valley"),
                 month_of(("0", "200"), "reactive-import")]
    losses = {"fixed_kw": "2.45", "active_percent": "1.5", "fixed_kvar": "11", "reactive_percent": "4"}
    m = metered(number, [point(meter("600", registers), losses=losses)])
    return {"what": "metered on the low side, losses added", "tariffs": [t], "metered": m,
            "bill": bill(number, lines), "assumptions": []}


def sub_meter(number):
    """Staff housing behind the main meter: deducted there by shares, charged by its own tariff."""
    peak, valley = F("210.5") * 2000, F("180.25") * 2000
    housing = F("333.3") * 60
    to_peak = half_up(housing * peak / (peak + valley), 6)
    kwh = {"peak": peak - to_peak, "valley": valley - (housing - to_peak)}
    prices = {"peak": "0.9", "valley": "0.31"}
    lines = by_period(kwh, prices)
    lines += [line("energy", {"en": "Housing", "zh": "居民生活"}, half_up(housing), "kWh", "0.5283")]
    t1 = tariff(version([energy_charge(prices)]))
    t2 = tariff(version([flat_charge("energy", {"en": "Housing", "zh": "居民生活"}, "0.5283")]), name="T-2")
    main = meter("2000", [month_of(("0", "210.5"), period="peak"), month_of(("0", "180.25"), period="valley")])
    sub = meter("60", [month_of(("1000", "1333.3"))], number="M-2")
    m = metered(number, [point(main), point(sub, name="P-2", tariff="T-2", under="P-1")])
    # Each tariff's tax is rounded by itself.
    b = bill(number, lines)
    revenue = sum(int(half_up(F(x) / F("1.13"))) for x in
                  (sum(l["amount"] for l in lines[:2]), lines[2]["amount"]))
    b |= {"revenue": revenue, "tax": b["total"] - revenue}
    return {"what": "a sub-meter with a tariff of its own", "tariffs": [t1, t2], "metered": m, "bill": b,
            "assumptions": ["deducted-by-shares"]}


def exchanged(number):
    """The meter rolled over on the 6th, was exchanged on the 11th, its transformers on the 21st."""
    kwh = (F("10000") + F("44.5") - F("9950.2")) * 400 + F("61.3") * 400 + F("38.1") * 800
    lines = [line("energy", ENERGY, half_up(kwh), "kWh", "0.6123"),
             line("surcharge", SYSTEM, half_up(kwh), "kWh", "0.0322")]
    t = tariff(version([flat_charge("energy", ENERGY, "0.6123"), flat_charge("surcharge", SYSTEM, "0.0322")]))
    old = meter("400", [register("active", [(START, "9950.2"), ("2026-08-11", "44.5")])], digits=4)
    new = meter("400", [register("active", [("2026-08-11", "0"), ("2026-08-21", "61.3")])], number="M-2", digits=4)
    last = meter("800", [register("active", [("2026-08-21", "61.3"), (END, "99.4")])], number="M-2", digits=4)
    m = metered(number, [point(old, new, last)])
    return {"what": "meter rolled over, exchanged, multiplier changed", "tariffs": [t], "metered": m,
            "bill": bill(number, lines), "assumptions": ["rolled-over"]}


def tax_on_top(number):
    """Five periods, demand charged as measured, tax as a line of its own."""
    readings = {"sharp": "11.1", "peak": "55.5", "flat": "44.4", "valley": "66.6", "deep-valley": "22.2"}
    prices = {"sharp": "1.2", "peak": "1", "flat": "0.66", "valley": "0.3", "deep-valley": "0.15"}
    kwh = {p: F(r) * 5000 for p, r in readings.items()}
    lines = by_period(kwh, prices)
    lines.append(line("demand", DEMAND, half_up(F("0.4567") * 5000), "kW", "36"))
    assert factor_of(sum(kwh.values()), F(150) * 5000) == 80
    lines.append(adjust(lines, F(5)))  # ten hundredths under 0.90
    t = tariff(version([energy_charge(prices)], by_demand("36", "measured"), 90, on_top=True))
    registers = [month_of(("0", r), period=p) for p, r in readings.items()]
    registers.append(month_of(("0", "150"), "reactive-import"))
    m = metered(number, [point(meter("5000", registers, "0.4567"))], basis(contracted_kw="2500"))
    return {"what": "five periods, measured demand, tax on top", "tariffs": [t], "metered": m,
            "bill": bill(number, lines, on_top=True), "assumptions": []}


def standing_still(number):
    """A works on holiday: capacity only, and no power factor."""
    lines = [line("energy", ENERGY, 0, "kWh", "0.6"), line("capacity", CAPACITY, 1250, "kVA", "25.6")]
    t = tariff(version([flat_charge("energy", ENERGY, "0.6")], by_capacity("25.6"), 90))
    m = metered(number, [point(meter("100", [month_of(("55.5", "55.5")),
                                             month_of(("7", "9"), "reactive-import")]))],
                basis(capacity_kva="1250"))
    return {"what": "standing still", "tariffs": [t], "metered": m, "bill": bill(number, lines),
            "assumptions": ["no-power-factor"]}


def twelve():
    return [steelworks(1, "0.3176", (("100", "186.0"), ("10", "17.6"))),
            steelworks(2, "0.3561", (("100", "222.0"), ("10", "15.0"))),
            hospital(3), data_centre(4), capacity_changed(5), tariff_changed(6, True),
            tariff_changed(7, False), low_side(8), sub_meter(9), exchanged(10), tax_on_top(11),
            standing_still(12)]


# One error each.

def spoilt(cases):
    def error(case, what, change, expect):
        """Applies the change to a copy; the bill still adds up, as the marketing system's do."""
        copy = json.loads(json.dumps(cases[case - 1]))
        b = copy["bill"]
        change(b)
        taxed = sum(l["amount"] for l in b["lines"] if l["kind"] not in ("levy", "tax"))
        tax_lines = sum_of(b["lines"], "tax")
        b["levies"] = sum_of(b["lines"], "levy")
        b["total"] = sum(l["amount"] for l in b["lines"])
        if tax_lines:
            b["revenue"], b["tax"] = taxed, tax_lines
        elif what != "tax split by another rate":
            b["revenue"] = int(half_up(F(taxed) / F("1.13")))
            b["tax"] = taxed - b["revenue"]
        return {"case": case, "what": what, "bill": b, "expect": expect}

    def amount(l, share=F(1)):
        l["amount"] = int(half_up(F(l["quantity"]) * F(l["price"]) * 100 * share))

    def price(index, value):
        def change(b):
            b["lines"][index]["price"] = value
            amount(b["lines"][index])
        return change

    def quantity(index, value):
        def change(b):
            b["lines"][index]["quantity"] = value
            amount(b["lines"][index])
        return change

    def lacks(index):
        return lambda b: b["lines"].pop(index)

    def more(b):
        b["lines"].append(line("surcharge", {"en": "Metering fee", "zh": "计量费"}, 1, "month", "120"))

    def off(index, by):
        def change(b):
            b["lines"][index]["amount"] += by
        return change

    def factor(index, percent):
        def change(b):
            base = sum_of(b["lines"], "energy", "capacity", "demand")
            b["lines"][index] |= {"quantity": percent, "amount": int(half_up(base * F(percent) / 100))}
        return change

    def base(index):
        def change(b):
            whole = sum_of(b["lines"], "energy", "capacity", "demand", "levy")
            b["lines"][index]["amount"] = int(half_up(whole * F(b["lines"][index]["quantity"]) / 100))
        return change

    def share(b):
        amount(b["lines"][1], F(11, 31))

    def rate(b):
        taxed = b["total"] - b["levies"]
        b["revenue"] = int(half_up(F(taxed) / F("1.16")))
        b["tax"] = taxed - b["revenue"]

    return [
        error(1, "old price for the peak", price(1, "0.9899"), {"line": 1, "causes": ["price"]}),
        error(1, "two digits of a quantity exchanged", quantity(3, "11355690"), {"line": 3, "causes": ["quantity"]}),
        error(2, "demand as measured, without the excess", quantity(4, "47005"), {"line": 4, "causes": ["quantity"]}),
        error(2, "reward instead of a surcharge", factor(5, "-0.45"), {"line": 5, "causes": ["quantity"]}),
        error(3, "adjustment on levies too", base(4), {"line": 4, "causes": ["amount"]}),
        error(3, "a levy is missing", lacks(6), {"line": None, "causes": ["missing"]}),
        error(4, "a fee that the tariff has not", more, {"line": 7, "causes": ["unexpected"]}),
        error(4, "quantity times price is off by one yuan", off(3, 100), {"line": 3, "causes": ["multiplication"]}),
        error(5, "eleven days instead of ten", share, {"line": 1, "causes": ["amount"]}),
        error(8, "losses left out", quantity(0, "186702"), {"line": 0, "causes": ["quantity"]}),
        error(10, "tax split by another rate", rate, {"line": None, "causes": [], "parts": ["revenue", "tax"]}),
        error(11, "valley and deep valley exchanged in price", price(3, "0.15"), {"line": 3, "causes": ["price"]}),
    ]


def main():
    cases = twelve()
    whole = json.dumps({"bills": cases, "errors": spoilt(cases)}, ensure_ascii=False, indent=1) + "\n"
    path = Path(__file__).with_name("bills.json")
    if "--check" in sys.argv[1:]:
        if path.read_text(encoding="utf-8") != whole:
            sys.exit("bills.json is not what bills.py writes")
    else:
        path.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    main()
