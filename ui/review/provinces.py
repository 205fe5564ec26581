"""Where provinces and cities with plan status lie on a grid of tiles: a picture of places, not of borders."""

from dataclasses import dataclass

_GRID = """
新疆 Xinjiang 2 0
西藏 Tibet 4 0
黑龙江 Heilongjiang 0 8
吉林 Jilin 1 8
辽宁 Liaoning 1 7
大连 Dalian 2 8
内蒙古 Inner Mongolia 1 5
甘肃 Gansu 2 2
宁夏 Ningxia 2 3
山西 Shanxi 2 4
河北 Hebei 2 5
北京 Beijing 2 6
天津 Tianjin 2 7
青海 Qinghai 3 2
陕西 Shaanxi 3 3
河南 Henan 3 4
山东 Shandong 3 5
青岛 Qingdao 3 6
四川 Sichuan 4 2
重庆 Chongqing 4 3
湖北 Hubei 4 4
安徽 Anhui 4 5
江苏 Jiangsu 4 6
上海 Shanghai 4 7
云南 Yunnan 5 2
贵州 Guizhou 5 3
湖南 Hunan 5 4
江西 Jiangxi 5 5
浙江 Zhejiang 5 6
宁波 Ningbo 5 7
广西 Guangxi 6 3
广东 Guangdong 6 5
福建 Fujian 6 6
台湾 Taiwan 6 7
海南 Hainan 7 4
深圳 Shenzhen 7 5
厦门 Xiamen 7 6
澳门 Macao 8 5
香港 Hong Kong 8 6
"""


@dataclass(frozen=True)
class Place:
    """A province or a city with plan status, and its tile."""

    name: str
    name_en: str
    row: int
    column: int


def _place(line: str) -> Place:
    name, *english, row, column = line.split()
    return Place(name, " ".join(english), int(row), int(column))


PLACES = tuple(map(_place, _GRID.strip().splitlines()))


def place_in(name: str) -> Place | None:
    """The place that a branch carries in its name; of several the one that stands first.

    >>> place_in("内蒙古分行").name_en, place_in("总行营业部")
    ('Inner Mongolia', None)
    """
    found = [place for place in PLACES if place.name in name]
    return min(found, key=lambda place: (name.index(place.name), -len(place.name)), default=None)
