"""Invented names and numbers: persons, companies and telephones that belong to nobody."""

import numpy as np
import polars as pl


def _words(text: str) -> list[str]:
    return text.split()


_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰志国建文海秀梅婷雪琳晨宇轩浩然欣怡子涵思远嘉睿博"
_PLACES = _words("江南 东方 华夏 长河 海川 中州 南岭 北辰 西岳 云山 金陵 锦城 瑞海 星湖")
_WORDS = _words("恒达 瑞丰 宏盛 联创 鼎新 嘉禾 天泽 信诚 博远 卓越 安泰 兴旺 汇通 正源 光华 顺发")
_TRADES = _words("贸易 科技 建材 食品 机械 纺织 物流 电子 医药 餐饮 服装 装饰")


def _chosen(words: list[str], rng: np.random.Generator, count: int, falling: bool = False) -> pl.Series:
    """Words drawn at random; `falling` prefers the first ones, as surnames do."""
    chance = rng.random(count)
    return pl.Series(words).gather(((chance**2 if falling else chance) * len(words)).astype(np.int64))


def person_names(count: int, rng: np.random.Generator) -> pl.Series:
    """Chinese personal names of two or three characters."""
    second = pl.Series(["", *_GIVEN]).gather(
        np.where(rng.random(count) < 0.25, 0, rng.integers(1, len(_GIVEN) + 1, count))
    )
    return _chosen(list(_SURNAMES), rng, count, falling=True) + _chosen(list(_GIVEN), rng, count) + second


def company_names(count: int, rng: np.random.Generator) -> pl.Series:
    """Chinese company names: place, fancy word, trade."""
    parts = [_chosen(words, rng, count) for words in (_PLACES, _WORDS, _TRADES)]
    return parts[0] + parts[1] + parts[2] + "有限公司"


def phones(numbers: np.ndarray) -> pl.Series:
    """Telephone numbers that are obviously invented: 1990000 and four digits."""
    return "1990000" + pl.Series(numbers % 10_000).cast(pl.String).str.zfill(4)
