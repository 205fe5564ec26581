"""A report of a bank that does not exist, with every kind of content: made up, and the same every time."""

from dataclasses import replace

from ui.base.formats import grouped
from ui.paper.model import Chart, Report, Section
from ui.parts.model import Card, Cell, Change, Column, Place, Plan, Row, Table, Verdict

LONG = "中国示范银行股份有限公司温州分行鹿城支行五马街第一百二十八号小微企业科技金融专营支行"[:40]
ROLES = {"own": ("本级", "Booked here"), "between": ("机构间划转", "Transfers between institutions")}
NAMES_ZH = ("鹿城支行", "瓯海支行", "龙湾支行", "乐清支行", "瑞安支行", "永嘉支行", "平阳支行", "苍南支行")
NAMES_EN = ("Lucheng", "Ouhai", "Longwan", "Yueqing", "Rui'an", "Yongjia", "Pingyang", "Cangnan")


def example(language: str = "zh", rows: int = 8, name: str = "") -> Report:
    """Three pages: cards with a chart and a table, a waterfall with a line, and a table alone."""
    zh = language == "zh"
    return Report(
        bank="示范银行" if zh else "Example Bank",
        institution_id="3303",
        institution=name or ("温州分行" if zh else "Wenzhou Branch"),
        level="二级分行" if zh else "Second-level branch",
        period="2026年10月" if zh else "Oct 2026",
        comparison="较年初" if zh else "since the start of the year",
        as_of="2026-10-31",
        snapshot="20261101-0630",
        finding=(
            "金融资产月日均 1,023.2 亿元，较年初 +75.0 亿（+7.9%），计划完成率 93.8%，领先序时进度 10.5 点"
            if zh
            else "Average AUM 102.3 B CNY, +7.5 B (+7.9%) since the start of the year; plan completion 93.8%",
            "增加主要来自鹿城支行（+31.4 亿）" if zh else "Lucheng makes the difference (+3.14 B)",
        ),
        sections=(_overview(zh, rows), _churn(zh), _funnel(zh, rows)),
        filters=("个人客户", "财富层级及以上") if zh else ("Personal customers", "Affluent and above"),
        marks=("样例数据", "未含 2 家机构") if zh else ("Sample data", "2 institutions left out"),
        language=language,
        currency="元" if zh else "CNY",
    )


def card(zh: bool, label: tuple[str, str], text: str, unit: tuple[str, str], value: float) -> Card:
    basis = "较年初" if zh else "since 31 Dec"
    plan = "计划完成率 93.8%，序时进度 83.3%" if zh else "Plan completion 93.8%, time elapsed 83.3%"
    return Card(
        label=label[not zh],
        text=text,
        unit=unit[not zh],
        value=value,
        noun="money",
        changes=(
            Change(basis, "+75.0 亿，+7.9%" if zh else "+7.5 B, +7.9%", 1, Verdict.BETTER),
            Change("同比" if zh else "year on year", "-2.1 亿，-0.2%" if zh else "-0.2 B, -0.2%", -1),
        ),
        plan=Plan(plan),
        place=Place("同组第 3 / 12 名" if zh else "3rd of 12 in its group"),
        definition="全部个人客户金融资产的月日均余额" if zh else "Daily average of all customers' assets",
    )


def _overview(zh: bool, rows: int) -> Section:
    money = ("亿元", "B CNY")
    cards = (
        card(zh, ("金融资产（AUM）月日均", "AUM, monthly average"), "1,023.2", money, 102_320_000_000),
        card(zh, ("存款时点余额", "Deposits at period end"), "412.6", money, 41_260_000_000),
        card(zh, ("中端及以上客户", "Middle-and-above customers"), "23,406", ("户", ""), 23_406),
        Card(
            label="净推荐值（NPS）" if zh else "Net promoter score (NPS)",
            missing="样本不足，不予显示" if zh else "Too few answers to show",
            definition="推荐者占比减去贬损者占比" if zh else "Promoters less detractors",
        ),
    )
    names = (NAMES_ZH if zh else NAMES_EN)[:6]
    bars = Chart(
        "bar",
        "下辖机构金融资产月日均" if zh else "AUM of the institutions below",
        money[not zh],
        names,
        (("月日均" if zh else "Average", (214.6, 190.1, 171.4, 165.0, 150.2, 131.9)),),
    )
    finding = (
        "金融资产较年初 +75.0 亿元（+7.9%），其中鹿城支行贡献 31.4 亿元；"
        "计划完成率 93.8%，领先序时进度 10.5 点"
        if zh
        else "AUM grew by 7.5 B CNY (+7.9%) since the start of the year, 3.1 B of it at Lucheng; "
        "plan completion 93.8%, ahead of the time elapsed by 10.5 pp"
    )
    return Section("经营概览" if zh else "Overview", finding, cards, (bars,), (children(zh, rows),))


def children(zh: bool, rows: int) -> Table:
    """Institutions that sum to their total, with what is booked at the institution itself."""
    names = NAMES_ZH if zh else NAMES_EN
    lines = [
        (names[i % 8] + (str(i // 8 + 1) if i >= 8 else ""), 21_460_000_000 - i * 330_000_000, (-1) ** i)
        for i in range(rows)
    ]
    body = [
        _child(zh, name, value, sign * (3_140_000_000 - 40_000_000 * i), "child")
        for i, (name, value, sign) in enumerate(lines)
    ]
    body.append(_child(zh, ROLES["own"][not zh], 830_000_000, 0, "own"))
    transfers = {
        "name": Cell(ROLES["between"][not zh]),
        "aum": Cell(""),
        "change": Cell(grouped(-0.4, 1, signed=True), -40_000_000),
    }
    body.append(Row({**transfers, "rate": Cell("")}, "between"))
    aum = sum(row.cells["aum"].value or 0 for row in body)
    gap = sum(row.cells["change"].value or 0 for row in body)
    body.append(_child(zh, "合计" if zh else "Total", aum, gap, "total"))
    unit = "亿元" if zh else "100 M CNY"
    return Table(
        (
            Column("name", "机构" if zh else "Institution", "name"),
            Column(
                "aum",
                "金融资产月日均" if zh else "AUM, average",
                "number",
                unit,
                "money",
                definition="月日均余额",
            ),
            Column("change", "较年初" if zh else "since 31 Dec", "change", unit, "money"),
            Column(
                "rate",
                "计划完成率" if zh else "Plan completion",
                "rate",
                "%",
                "rate",
                definition="完成数 / 计划数",
            ),
        ),
        tuple(body),
        "下辖机构" if zh else "Institutions below",
        note="下辖机构、本级与划转之和等于合计" if zh else "Rows add up to the total",
    )


def _child(zh: bool, name: str, aum: float, gap: float, role: str) -> Row:
    rate = Cell("未下达" if zh else "no plan") if role in ("own", "total") else Cell(grouped(93.8, 1), 0.938)
    signed = grouped(gap / 1e8, 1, signed=True)
    cells = {"name": Cell(name), "aum": Cell(grouped(aum / 1e8, 1), aum), "change": Cell(signed, gap)}
    return Row({**cells, "rate": rate}, role)


def _churn(zh: bool) -> Section:
    steps = (
        ("年初", "新增客户", "存量提升", "流失", "降级", "期末")
        if zh
        else ("Start", "New", "Growth", "Closed", "Moved down", "End")
    )
    amount = "金额" if zh else "Amount"
    fall = Chart(
        "waterfall",
        "金融资产变动来源" if zh else "What changed",
        "亿元" if zh else "100M",
        steps,
        ((amount, (12.0, 8.5, 6.1, -31.4, -4.2, -9.0)),),
    )
    months = tuple(f"2025-{m:02d}" for m in range(1, 13)) + tuple(f"2026-{m:02d}" for m in range(1, 11))
    rate = tuple(None if i == 5 else round(4.1 + ((i * 7) % 5) / 10, 1) for i in range(22))
    line = Chart(
        "line",
        "静默流失率" if zh else "Silent churn",
        "%",
        months,
        (
            ("温州分行" if zh else "Wenzhou", rate),
            ("全行" if zh else "Bank", tuple(round(3.6 + i / 50, 1) for i in range(22))),
        ),
    )
    one = card(zh, ("预计流失（未来6个月）", "Expected to leave in 6 months"), "1,204", ("户", ""), 1204)
    finding = (
        "流失带走 31.4 亿元，期末由正转负" if zh else "Churn took 3.14 B CNY and turned the balance negative"
    )
    return Section("流失预警" if zh else "Churn", finding, (one,), (fall, line))


def _funnel(zh: bool, rows: int) -> Section:
    finding = "在途商机 128 笔，成交率 35.6%" if zh else "128 open deals, closing rate 35.6%"
    return Section("销售漏斗" if zh else "Funnel", finding, (), (), (_deals(zh, rows),))


def _deals(zh: bool, rows: int) -> Table:
    stages = (
        ("销售线索", "机会建立", "方案提供", "方案评估")
        if zh
        else ("Lead", "Opportunity", "Solution offered", "Solution evaluated")
    )
    columns = (
        Column("name", "客户经理" if zh else "Relationship manager", "name"),
        Column("stage", "阶段" if zh else "Stage", "text"),
        Column("deals", "商机" if zh else "Deals", "number", "笔" if zh else "", "deals"),
        Column(
            "amount", "预计金额" if zh else "Expected amount", "number", "万元" if zh else "K CNY", "money"
        ),
        Column("win_rate", "成交率" if zh else "Closing rate", "rate", "%", "rate"),
    )
    few = "样本不足，不予显示" if zh else "Too few cases to show"
    body = tuple(
        Row(
            {
                "name": Cell(f"{'张经理' if zh else 'Manager'} {i + 1}"),
                "stage": Cell(stages[i % 4]),
                "deals": Cell(grouped(i + 3), i + 3),
                "amount": Cell(grouped(1000.5 + i * 37, 1), 10_005_000 + i * 370_000),
                "win_rate": Cell(few) if i % 4 == 3 else Cell(grouped(30 + i / 2, 1), (30 + i / 2) / 100),
            },
        )
        for i in range(rows)
    )
    return Table(columns, body, "商机明细" if zh else "Deals")


def renamed(report: Report, name: str) -> Report:
    """The report with one name wherever a bank's own text can stand."""

    def table(old: Table) -> Table:
        columns = tuple(replace(c, label=name, definition=name) for c in old.columns)
        rows = tuple(replace(r, cells={**r.cells, "name": Cell(name)}) for r in old.rows)
        return replace(old, title=name, columns=columns, rows=rows, note=name)

    def chart(old: Chart) -> Chart:
        series = tuple((name, values) for _, values in old.series)
        return replace(old, title=name, categories=(name,) * len(old.categories), series=series)

    def section(old: Section) -> Section:
        cards = tuple(
            replace(c, label=name, plan=None, place=None, note=name, definition=name) for c in old.cards
        )
        return Section(name, name, cards, tuple(map(chart, old.charts)), tuple(map(table, old.tables)))

    return replace(
        report,
        bank=name,
        institution=name,
        finding=(name,),
        filters=(name,),
        marks=(name,),
        period=name,
        comparison=name,
        sections=tuple(map(section, report.sections)),
    )
