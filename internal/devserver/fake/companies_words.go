package fake

var companyNames = list{
	en: `{last_name} {company_suffix}, {last_name} and {last_name}, {last_name}-{last_name} {company_suffix}, {brand} {company_suffix}, {tree} {industry},
{brand} {industry}`,
	zh: `{city_short}{brand}{industry}有限公司, {brand}{industry}有限公司, {city_short}{brand}{industry}股份有限公司, {brand}{industry}集团`,
}

var (
	companySuffixes = list{en: "Inc., Ltd., LLC, Group, and Sons, Partners, Holdings, Works, Co.", zh: "有限公司, 股份有限公司, 集团, 有限责任公司, 控股有限公司"}
	brands          = list{
		en: `Alderway, Amberlight, Arrowfield, Birchline, Bluecrest, Bramblewood, Brightwater, Calmstone, Cedarpoint, Clearharbour, Cloverleaf, Copperhill,
Driftwood, Eastgale, Elmtree, Emberly, Fairlane, Fernhollow, Foxglade, Goldenbay, Greenhaven, Greyfield, Hazelmoor, Highmark, Honeybrook, Ironoak,
Ivorygate, Juniper Bay, Kingfisher, Lakeview, Larkspur, Lighthouse, Maplecross, Mistral, Moonriver, Northwind, Oakridge, Orchardside, Pebblebeach,
Pinecrest, Quartzline, Redwing, Rosewell, Sandbank, Silverfern, Skylark, Southgate, Starling, Stonebridge, Summerfield, Thornbury, Tidewater, Umberland,
Valeport, Willowmere, Windmere, Winterbourne, Yarrow`,
		zh: `云帆, 星海, 青禾, 明德, 瑞丰, 恒远, 博雅, 启航, 天成, 万象, 锦程, 嘉禾, 宏图, 晨光, 悦动, 知行, 致远, 聚力, 优诚, 华章, 长风, 远景, 清泉, 金穗, 银河,
智联, 安信, 鸿运, 百川, 千帆, 盛世, 东篱, 南山, 北辰, 西岭, 春晖, 秋实, 松鹤, 竹韵, 兰亭, 梅香, 乐活, 易达, 卓越, 凌云, 飞扬, 同心, 众诚`,
	}
)

var industries = list{
	en: `Accounting, Aerospace, Agriculture, Architecture, Banking, Biotechnology, Catering, Chemicals, Construction, Consulting, Education, Electronics, Energy,
Engineering, Fashion, Film, Fisheries, Food, Forestry, Furniture, Games, Glass, Health Care, Hospitality, Insurance, Law, Logistics, Machinery,
Marketing, Media, Mining, Music, Paper, Pharmaceuticals, Printing, Publishing, Railways, Real Estate, Recycling, Retail, Security, Shipping, Software,
Sports, Steel, Telecommunications, Textiles, Tourism, Toys, Water`,
	zh: `科技, 贸易, 网络, 文化, 食品, 建筑, 电子, 物流, 教育, 传媒, 医药, 农业, 能源, 环保, 化工, 机械, 汽车, 旅游, 餐饮, 服装, 纺织, 家居, 家具, 印刷, 广告,
咨询, 金融, 保险, 房地产, 装饰, 通信, 软件, 信息技术, 生物技术, 新材料, 影视, 体育, 玩具, 珠宝, 茶业`,
}

var slogans = list{
	sentences: true,
	en: `{Adjective} {product_noun} for {adjective} people
The {adjective} way to {verb} {noun}
We {verb}, so you can {verb}
More {noun}, less {noun}
{Buzzword} that simply works
Made for every {noun}
{Adjective} by design, {adjective} by nature`,
	zh: `让{noun}更{adjective}
{adjective}的{noun}，从这里开始
用心做好每一件{product_noun}
{buzzword}，就在身边
因为{adjective}，所以选择
一切为了更{adjective}的{noun}
您的{noun}，我们用心`,
}

var buzzwords = list{
	en: `adaptive, agile, always-on, automated, balanced, best practice, cloud native, collaborative, composable, cross-platform, customer-centred, data-driven,
decentralised, digital, distributed, ergonomic, event-driven, flexible, frictionless, full-stack, future-proof, holistic, hybrid, immersive, integrated,
intuitive, knowledge-based, mission-critical, mobile-first, modular, multi-channel, next-generation, on-demand, open, optimised, paperless, predictive,
proactive, real-time, resilient, responsive, scalable, seamless, self-service, smart, sustainable, synergetic, transparent, turnkey, user-friendly,
virtual, zero-trust`,
	zh: `赋能, 闭环, 抓手, 生态, 中台, 数字化转型, 智能化, 云原生, 全链路, 一站式, 场景化, 精细化运营, 降本增效, 用户增长, 私域流量, 协同创新, 敏捷开发,
数据驱动, 价值共创, 平台化, 可持续发展, 绿色低碳, 高质量, 全渠道, 无缝衔接, 自助服务, 实时响应, 弹性伸缩, 开箱即用, 以人为本, 产学研结合, 跨界融合`,
}

var jargon = list{
	en: `{hacker_verb} {buzzword} {hacker_noun}s, {hacker_verb} our {buzzword} {hacker_noun}s, {hacker_verb} every {hacker_noun} with {buzzword} care`,
	zh: `以{buzzword}推动{buzzword}, 打造{buzzword}的{hacker_noun}, 用{hacker_noun}实现{buzzword}, 围绕{noun}形成{buzzword}`,
}

var banks = list{
	en: "{brand} Bank, {last_name} and {last_name} Bank, First {city} Savings, {state} Credit Union, Bank of {brand}",
	zh: "{brand}银行, {city_short}{brand}银行, {brand}商业银行, {brand}村镇银行",
}
