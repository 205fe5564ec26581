"""The churn page's rows: the bridge closes as it is printed, reasons are in words, the list needs its permission."""

from dataclasses import replace

import polars as pl
import pytest

from data_access.errors import CallError
from data_access.grants import Grant
from tests.ui.conftest import Look
from ui.churn import follow_rows, next_said, whom_to_keep
from ui.churn_cards import churn_items, churn_said, horizon_rows
from ui.churn_institutions import league_rows, risk_rows
from ui.churn_record import driver_said, record_rows, told_drivers
from ui.churn_steps import LEVELS, bridge_rows, printed
from ui.churn_words import bound, leavers, reasons_of
from ui.words import t
