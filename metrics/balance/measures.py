"""The columns of balances in words."""

from data_access.subject import Measure, message

_TABLE = "daily_balances"


_DAY, _INCOME = message("Balance at the last day of the period."), message("Fee income booked in the period.")


_MEAN = message("Mean of the balances of all days from the start of the month to the last day of the period.")


_YEAR = message("Mean of the balances of all days from the start of the year to the last day of the period.")


_QUARTER = message(
    "Mean of the balances of all days from the start of the quarter to the last day of the period."
)


_DRESSED = message("Balance of the day over the month's daily average, less one: how far the day is dressed.")


LINE_COLUMNS = (
    *(
        Measure(
            name=name,
            label=label,
            unit="money",
            definition=definition,
            flow=name == "fee_income",
            good=1,
            ranked=name in ("deposit", "loan"),
            watched=10_000_000 if name == "deposit" else None,
            needs=(_TABLE, line),
        )
        for name, label, definition, line in (
            ("deposit", message("Deposit balance"), _DAY, "deposit"),
            ("deposit_avg", message("Deposits, monthly average"), _MEAN, "deposit"),
            ("deposit_avg_year", message("Deposits, yearly average"), _YEAR, "deposit"),
            ("loan", message("Loan balance"), _DAY, "loan"),
            ("loan_avg", message("Loans, monthly average"), _MEAN, "loan"),
            ("loan_avg_year", message("Loans, yearly average"), _YEAR, "loan"),
            ("contingent", message("Contingent business"), _DAY, "contingent"),
            ("contingent_avg", message("Contingent business, monthly average"), _MEAN, "contingent"),
            ("contingent_avg_year", message("Contingent business, yearly average"), _YEAR, "contingent"),
            ("fee_income", message("Fee income of intermediary business"), _INCOME, "intermediary"),
            ("wealth", message("Wealth balance"), _DAY, "wealth"),
            ("wealth_avg", message("Wealth, monthly average"), _MEAN, "wealth"),
            ("wealth_avg_year", message("Wealth, yearly average"), _YEAR, "wealth"),
        )
    ),
    Measure(
        name="deposit_deviation",
        label=message("Deposits, deviation from the average"),
        unit="rate",
        definition=_DRESSED,
        needs=(_TABLE, "deposit"),
    ),
)


SUMMARY = (
    Measure(name="business_line", label=message("Business line"), unit="text"),
    Measure(name="product", label=message("Product"), unit="text"),
    Measure(name="date", label=message("Day"), unit="text"),
    *(
        Measure(name=name, label=label, unit="money", definition=definition)
        for name, label, definition in (
            ("balance", message("Balance"), message("At the day; fee income: summed over the period.")),
            ("avg_month", message("Monthly average"), _MEAN),
            ("avg_quarter", message("Quarterly average"), _QUARTER),
            ("avg_year", message("Yearly average"), _YEAR),
            ("change_day", message("vs previous day"), ""),
            ("change_week", message("vs last week"), message("Since the last day of the ISO week before.")),
            ("change_month", message("vs last month end"), ""),
            ("change_quarter", message("vs last quarter end"), ""),
            ("change_year_start", message("vs start of year"), ""),
            ("change_last_year", message("vs same period last year"), ""),
        )
    ),
    Measure(name="deviation", label=message("Deviation from the average"), unit="rate", definition=_DRESSED),
)
