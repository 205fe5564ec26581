"""Street and quarter names for the lowest levels of the tree, with their spelling in English."""

from collections.abc import Iterator

from sample_data.institutions.places import Place

# Streets a local reader expects in these districts; everywhere else common names are combined.
_KNOWN = {
    "鹿城": "五马街 Wumajie, 南门头 Nanmentou, 江滨路 Jiangbinlu",
    "西湖": "文三路 Wensanlu, 古荡 Gudang, 转塘 Zhuantang",
    "福田": "华强北 Huaqiangbei, 莲花 Lianhua, 深南大道 Shennandadao",
    "南山": "科技园 Kejiyuan, 蛇口 Shekou, 后海 Houhai",
    "天河": "珠江新城 Zhujiangxincheng, 体育西路 Tiyuxilu, 石牌 Shipai",
    "朝阳": "国贸 Guomao, 望京 Wangjing, 三里屯 Sanlitun",
    "海淀": "中关村 Zhongguancun, 五道口 Wudaokou, 上地 Shangdi",
    "浦东": "陆家嘴 Lujiazui, 世纪大道 Shijidadao, 张江 Zhangjiang",
    "锦江": "春熙路 Chunxilu, 盐市口 Yanshikou, 三圣乡 Sanshengxiang",
    "思明": "中山路 Zhongshanlu, 鹭江道 Lujiangdao, 莲前 Lianqian",
}
_ROOTS = """解放 Jiefang, 人民 Renmin, 中山 Zhongshan, 建设 Jianshe, 和平 Heping, 新华 Xinhua, 胜利 Shengli,
文化 Wenhua, 长江 Changjiang, 黄河 Huanghe, 学院 Xueyuan, 迎宾 Yingbin, 滨江 Binjiang, 滨河 Binhe, 五一 Wuyi,
光明 Guangming, 幸福 Xingfu, 青年 Qingnian, 东风 Dongfeng, 红旗 Hongqi, 友谊 Youyi, 团结 Tuanjie,
振兴 Zhenxing, 兴华 Xinghua, 湖滨 Hubin, 府前 Fuqian, 站前 Zhanqian, 体育 Tiyu, 公园 Gongyuan, 工业 Gongye,
科技 Keji, 创业 Chuangye, 金融 Jinrong, 花园 Huayuan, 凤凰 Fenghuang, 龙泉 Longquan"""
_ENDINGS = "路 lu, 街 jie, 东路 donglu, 西路 xilu, 南路 nanlu, 北路 beilu, 中路 zhonglu, 大道 dadao"
_QUARTERS = """城东 Chengdong, 城西 Chengxi, 城南 Chengnan, 城北 Chengbei, 高新 Gaoxin, 开发区 Kaifaqu,
老城 Laocheng, 新区 Xinqu, 大学城 Daxuecheng, 火车站 Huochezhan, 科创园 Kechuangyuan, 港区 Gangqu,
江南 Jiangnan, 物流园 Wuliuyuan, 商贸城 Shangmaocheng, 空港 Konggang, 湖东 Hudong, 湖西 Huxi, 山前 Shanqian,
会展 Huizhan"""


def _listed(text: str) -> list[Place]:
    return [Place(*part.split()) for part in text.split(",")]


def streets(district: str, start: int) -> Iterator[Place]:
    """Street names without end and without repetition; `start` makes neighbours differ."""
    known = _listed(_KNOWN[district]) if district in _KNOWN else []
    taken = {place.zh for place in known}
    yield from known
    roots, endings = _listed(_ROOTS), _listed(_ENDINGS)
    for number in range(len(roots) * len(endings)):
        root = roots[(start + number) % len(roots)]
        ending = endings[(start + number + number // len(roots)) % len(endings)]
        if root.zh + ending.zh not in taken:
            yield Place(root.zh + ending.zh, root.en + ending.en)
    number = 0
    while True:
        number += 1
        yield Place(f"新街{number}号", f"Xinjie {number}")


def quarters(district: str, start: int) -> list[Place]:
    """Names for second-level sub-branches of a district, without its own name."""
    found = [place for place in _listed(_QUARTERS) if place.zh != district]
    shift = start % len(found)
    return found[shift:] + found[:shift]
