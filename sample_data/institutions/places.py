"""Where the synthetic bank has branches: real provinces, cities and districts with their English names.

One line per first-level branch (`name English code class weight`), the cities of a province below it,
indented. A line of districts without a city belongs to the branch itself: municipalities and the five
cities with plan status have no second-level branches. The order is the order in which a bank of growing
size opens branches; the class is 1 (rich), 2 or 3.
"""

from typing import NamedTuple

_PLACES = """
浙江 Zhejiang 33 1 1.5
  温州 Wenzhou: 鹿城 Lucheng, 瓯海 Ouhai, 龙湾 Longwan, 乐清 Yueqing
  杭州 Hangzhou: 上城 Shangcheng, 西湖 Xihu, 滨江 Binjiang, 萧山 Xiaoshan
  嘉兴 Jiaxing: 南湖 Nanhu, 秀洲 Xiuzhou, 海宁 Haining, 桐乡 Tongxiang
  绍兴 Shaoxing: 越城 Yuecheng, 柯桥 Keqiao, 上虞 Shangyu, 诸暨 Zhuji
  金华 Jinhua: 婺城 Wucheng, 金东 Jindong, 义乌 Yiwu, 永康 Yongkang
江苏 Jiangsu 32 1 1.4
  南京 Nanjing: 玄武 Xuanwu, 鼓楼 Gulou, 建邺 Jianye, 江宁 Jiangning
  苏州 Suzhou: 姑苏 Gusu, 虎丘 Huqiu, 昆山 Kunshan, 常熟 Changshu
  无锡 Wuxi: 梁溪 Liangxi, 滨湖 Binhu, 江阴 Jiangyin, 宜兴 Yixing
  南通 Nantong: 崇川 Chongchuan, 海门 Haimen, 启东 Qidong
  徐州 Xuzhou: 云龙 Yunlong, 泉山 Quanshan, 铜山 Tongshan
深圳 Shenzhen 83 1 0.9
  福田 Futian, 罗湖 Luohu, 南山 Nanshan, 宝安 Bao'an, 龙岗 Longgang, 龙华 Longhua
四川 Sichuan 51 2 1.1
  成都 Chengdu: 锦江 Jinjiang, 青羊 Qingyang, 武侯 Wuhou, 双流 Shuangliu
  绵阳 Mianyang: 涪城 Fucheng, 游仙 Youxian, 江油 Jiangyou
  宜宾 Yibin: 翠屏 Cuiping, 叙州 Xuzhou, 南溪 Nanxi
  泸州 Luzhou: 江阳 Jiangyang, 龙马潭 Longmatan, 纳溪 Naxi
  南充 Nanchong: 顺庆 Shunqing, 高坪 Gaoping, 嘉陵 Jialing
北京 Beijing 11 1 1.0
  朝阳 Chaoyang, 海淀 Haidian, 西城 Xicheng, 东城 Dongcheng, 丰台 Fengtai, 通州 Tongzhou, 昌平 Changping
山东 Shandong 37 1 1.2
  济南 Jinan: 历下 Lixia, 市中 Shizhong, 历城 Licheng, 章丘 Zhangqiu
  烟台 Yantai: 芝罘 Zhifu, 莱山 Laishan, 福山 Fushan, 龙口 Longkou
  潍坊 Weifang: 潍城 Weicheng, 奎文 Kuiwen, 寿光 Shouguang
  淄博 Zibo: 张店 Zhangdian, 临淄 Linzi, 周村 Zhoucun
  临沂 Linyi: 兰山 Lanshan, 罗庄 Luozhuang, 河东 Hedong
广东 Guangdong 44 1 1.4
  广州 Guangzhou: 天河 Tianhe, 越秀 Yuexiu, 海珠 Haizhu, 番禺 Panyu
  佛山 Foshan: 禅城 Chancheng, 南海 Nanhai, 顺德 Shunde
  珠海 Zhuhai: 香洲 Xiangzhou, 斗门 Doumen, 金湾 Jinwan
  惠州 Huizhou: 惠城 Huicheng, 惠阳 Huiyang, 博罗 Boluo
  汕头 Shantou: 金平 Jinping, 龙湖 Longhu, 澄海 Chenghai
上海 Shanghai 31 1 1.0
  浦东 Pudong, 黄浦 Huangpu, 徐汇 Xuhui, 静安 Jing'an, 闵行 Minhang, 杨浦 Yangpu, 嘉定 Jiading
厦门 Xiamen 82 1 0.6
  思明 Siming, 湖里 Huli, 集美 Jimei, 海沧 Haicang, 同安 Tong'an, 翔安 Xiang'an
湖北 Hubei 42 2 1.0
  武汉 Wuhan: 江岸 Jiang'an, 江汉 Jianghan, 武昌 Wuchang, 洪山 Hongshan
  宜昌 Yichang: 西陵 Xiling, 伍家岗 Wujiagang, 夷陵 Yiling
  襄阳 Xiangyang: 襄城 Xiangcheng, 樊城 Fancheng, 襄州 Xiangzhou
  荆州 Jingzhou: 沙市 Shashi, 松滋 Songzi, 洪湖 Honghu
辽宁 Liaoning 21 3 0.9
  沈阳 Shenyang: 沈河 Shenhe, 和平 Heping, 铁西 Tiexi, 浑南 Hunnan
  鞍山 Anshan: 铁东 Tiedong, 立山 Lishan, 海城 Haicheng
  锦州 Jinzhou: 古塔 Guta, 凌河 Linghe, 太和 Taihe
  营口 Yingkou: 站前 Zhanqian, 西市 Xishi, 鲅鱼圈 Bayuquan
陕西 Shaanxi 61 2 0.8
  西安 Xi'an: 碑林 Beilin, 雁塔 Yanta, 莲湖 Lianhu, 未央 Weiyang
  咸阳 Xianyang: 秦都 Qindu, 渭城 Weicheng, 兴平 Xingping
  宝鸡 Baoji: 渭滨 Weibin, 金台 Jintai, 陈仓 Chencang
  榆林 Yulin: 榆阳 Yuyang, 横山 Hengshan, 神木 Shenmu
宁波 Ningbo 84 1 0.7
  海曙 Haishu, 江北 Jiangbei, 鄞州 Yinzhou, 北仑 Beilun, 慈溪 Cixi, 余姚 Yuyao
青岛 Qingdao 85 1 0.7
  市南 Shinan, 市北 Shibei, 崂山 Laoshan, 黄岛 Huangdao, 城阳 Chengyang, 即墨 Jimo
大连 Dalian 81 2 0.7
  中山 Zhongshan, 西岗 Xigang, 沙河口 Shahekou, 甘井子 Ganjingzi, 金州 Jinzhou
河南 Henan 41 2 1.1
  郑州 Zhengzhou: 金水 Jinshui, 二七 Erqi, 中原 Zhongyuan, 新郑 Xinzheng
  洛阳 Luoyang: 西工 Xigong, 涧西 Jianxi, 洛龙 Luolong
  南阳 Nanyang: 宛城 Wancheng, 卧龙 Wolong, 邓州 Dengzhou
  新乡 Xinxiang: 红旗 Hongqi, 卫滨 Weibin, 牧野 Muye
河北 Hebei 13 2 1.0
  石家庄 Shijiazhuang: 长安 Chang'an, 桥西 Qiaoxi, 裕华 Yuhua
  唐山 Tangshan: 路北 Lubei, 路南 Lunan, 丰润 Fengrun, 迁安 Qian'an
  保定 Baoding: 竞秀 Jingxiu, 莲池 Lianchi, 涿州 Zhuozhou
  邯郸 Handan: 丛台 Congtai, 邯山 Hanshan, 武安 Wu'an
湖南 Hunan 43 2 1.0
  长沙 Changsha: 芙蓉 Furong, 天心 Tianxin, 岳麓 Yuelu, 雨花 Yuhua
  株洲 Zhuzhou: 天元 Tianyuan, 荷塘 Hetang, 芦淞 Lusong
  岳阳 Yueyang: 岳阳楼 Yueyanglou, 云溪 Yunxi, 汨罗 Miluo
  衡阳 Hengyang: 雁峰 Yanfeng, 石鼓 Shigu, 蒸湘 Zhengxiang
福建 Fujian 35 1 0.9
  福州 Fuzhou: 鼓楼 Gulou, 台江 Taijiang, 仓山 Cangshan, 晋安 Jin'an
  泉州 Quanzhou: 鲤城 Licheng, 丰泽 Fengze, 晋江 Jinjiang, 石狮 Shishi
  漳州 Zhangzhou: 芗城 Xiangcheng, 龙文 Longwen, 龙海 Longhai
  莆田 Putian: 城厢 Chengxiang, 涵江 Hanjiang, 荔城 Licheng
安徽 Anhui 34 2 0.9
  合肥 Hefei: 庐阳 Luyang, 蜀山 Shushan, 包河 Baohe, 瑶海 Yaohai
  芜湖 Wuhu: 镜湖 Jinghu, 鸠江 Jiujiang, 弋江 Yijiang
  蚌埠 Bengbu: 蚌山 Bengshan, 龙子湖 Longzihu, 禹会 Yuhui
  安庆 Anqing: 迎江 Yingjiang, 大观 Daguan, 宜秀 Yixiu
重庆 Chongqing 50 2 0.9
  渝中 Yuzhong, 江北 Jiangbei, 渝北 Yubei, 沙坪坝 Shapingba, 南岸 Nan'an, 九龙坡 Jiulongpo, 万州 Wanzhou
天津 Tianjin 12 2 0.8
  和平 Heping, 河西 Hexi, 南开 Nankai, 河东 Hedong, 滨海 Binhai, 西青 Xiqing, 武清 Wuqing
江西 Jiangxi 36 2 0.8
  南昌 Nanchang: 东湖 Donghu, 西湖 Xihu, 青山湖 Qingshanhu
  赣州 Ganzhou: 章贡 Zhanggong, 南康 Nankang, 赣县 Ganxian
  九江 Jiujiang: 浔阳 Xunyang, 濂溪 Lianxi, 柴桑 Chaisang
  上饶 Shangrao: 信州 Xinzhou, 广丰 Guangfeng, 广信 Guangxin
山西 Shanxi 14 3 0.7
  太原 Taiyuan: 小店 Xiaodian, 迎泽 Yingze, 杏花岭 Xinghualing
  大同 Datong: 平城 Pingcheng, 云冈 Yungang, 云州 Yunzhou
  长治 Changzhi: 潞州 Luzhou, 上党 Shangdang, 潞城 Lucheng
  临汾 Linfen: 尧都 Yaodu, 侯马 Houma, 霍州 Huozhou
广西 Guangxi 45 3 0.7
  南宁 Nanning: 青秀 Qingxiu, 兴宁 Xingning, 西乡塘 Xixiangtang
  柳州 Liuzhou: 城中 Chengzhong, 鱼峰 Yufeng, 柳北 Liubei
  桂林 Guilin: 秀峰 Xiufeng, 七星 Qixing, 象山 Xiangshan
云南 Yunnan 53 3 0.7
  昆明 Kunming: 五华 Wuhua, 盘龙 Panlong, 官渡 Guandu, 西山 Xishan
  曲靖 Qujing: 麒麟 Qilin, 沾益 Zhanyi, 马龙 Malong
  玉溪 Yuxi: 红塔 Hongta, 江川 Jiangchuan, 澄江 Chengjiang
黑龙江 Heilongjiang 23 3 0.7
  哈尔滨 Harbin: 南岗 Nangang, 道里 Daoli, 香坊 Xiangfang
  齐齐哈尔 Qiqihar: 建华 Jianhua, 龙沙 Longsha, 铁锋 Tiefeng
  大庆 Daqing: 萨尔图 Sartu, 让胡路 Ranghulu, 龙凤 Longfeng
贵州 Guizhou 52 3 0.6
  贵阳 Guiyang: 南明 Nanming, 云岩 Yunyan, 花溪 Huaxi
  遵义 Zunyi: 红花岗 Honghuagang, 汇川 Huichuan, 播州 Bozhou
  六盘水 Liupanshui: 钟山 Zhongshan, 水城 Shuicheng, 盘州 Panzhou
吉林 Jilin 22 3 0.6
  长春 Changchun: 南关 Nanguan, 朝阳 Chaoyang, 宽城 Kuancheng
  四平 Siping: 铁西 Tiexi, 铁东 Tiedong, 双辽 Shuangliao
  通化 Tonghua: 东昌 Dongchang, 集安 Ji'an, 梅河口 Meihekou
内蒙古 Inner-Mongolia 15 3 0.6
  呼和浩特 Hohhot: 新城 Xincheng, 回民 Huimin, 赛罕 Saihan
  包头 Baotou: 昆都仑 Kundulun, 青山 Qingshan, 东河 Donghe
  赤峰 Chifeng: 红山 Hongshan, 松山 Songshan, 元宝山 Yuanbaoshan
甘肃 Gansu 62 3 0.5
  兰州 Lanzhou: 城关 Chengguan, 七里河 Qilihe, 安宁 Anning
  天水 Tianshui: 秦州 Qinzhou, 麦积 Maiji
  酒泉 Jiuquan: 肃州 Suzhou, 玉门 Yumen, 敦煌 Dunhuang
新疆 Xinjiang 65 3 0.5
  乌鲁木齐 Urumqi: 天山 Tianshan, 沙依巴克 Saybagh, 新市 Xinshi
  克拉玛依 Karamay: 独山子 Dushanzi, 白碱滩 Baijiantan
  哈密 Hami: 伊州 Yizhou, 巴里坤 Barkol
海南 Hainan 46 3 0.4
  海口 Haikou: 龙华 Longhua, 美兰 Meilan, 秀英 Xiuying, 琼山 Qiongshan
  三亚 Sanya: 吉阳 Jiyang, 天涯 Tianya, 海棠 Haitang
宁夏 Ningxia 64 3 0.3
  银川 Yinchuan: 兴庆 Xingqing, 金凤 Jinfeng, 西夏 Xixia
  石嘴山 Shizuishan: 大武口 Dawukou, 惠农 Huinong
  吴忠 Wuzhong: 利通 Litong, 青铜峡 Qingtongxia
青海 Qinghai 63 3 0.3
  西宁 Xining: 城东 Chengdong, 城西 Chengxi, 城中 Chengzhong
  海东 Haidong: 乐都 Ledu, 平安 Ping'an
西藏 Tibet 54 3 0.2
  拉萨 Lhasa: 城关 Chengguan, 堆龙德庆 Doilungdeqen, 达孜 Dagze
  日喀则 Shigatse: 桑珠孜 Samzhubze, 江孜 Gyantse
"""


class Place(NamedTuple):
    """A name in Chinese and in English."""

    zh: str
    en: str


class City(NamedTuple):
    """A city and its districts."""

    place: Place
    districts: list[Place]


class Region(NamedTuple):
    """The area of one first-level branch: with cities (a province) or districts only."""

    place: Place
    code: str
    wealth_class: int
    weight: float
    cities: list[City]
    districts: list[Place]


def _place(text: str) -> Place:
    zh, en = text.split()
    return Place(zh, en.replace("-", " "))


def regions() -> list[Region]:
    """All first-level branch areas, in the order in which a growing bank enters them.

    >>> first = regions()[0]
    >>> first.place.en, first.cities[0].place.en, len(regions())
    ('Zhejiang', 'Wenzhou', 36)
    """
    found: list[Region] = []
    for line in _PLACES.strip().splitlines():
        if not line.startswith(" "):
            zh, en, code, wealth_class, weight = line.split()
            place = _place(f"{zh} {en}")
            found.append(Region(place, code, int(wealth_class), float(weight), [], []))
            continue
        city, _, rest = line.rpartition(":")
        districts = [_place(part) for part in rest.split(",")]
        if city:
            found[-1].cities.append(City(_place(city), districts))
        else:
            found[-1].districts.extend(districts)
    return found
