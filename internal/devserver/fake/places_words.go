package fake

// cities are city, state or province, its short name, the beginning of the post code, and a district.
var cities = list{
	en: `Albany:New York:NY:122:Albany County, Albuquerque:New Mexico:NM:871:Bernalillo County, Anchorage:Alaska:AK:995:Anchorage Borough,
Atlanta:Georgia:GA:303:Fulton County, Austin:Texas:TX:787:Travis County, Baltimore:Maryland:MD:212:Baltimore County,
Billings:Montana:MT:591:Yellowstone County, Birmingham:Alabama:AL:352:Jefferson County, Boise:Idaho:ID:837:Ada County,
Boston:Massachusetts:MA:021:Suffolk County, Buffalo:New York:NY:142:Erie County, Burlington:Vermont:VT:054:Chittenden County,
Charleston:South Carolina:SC:294:Charleston County, Cheyenne:Wyoming:WY:820:Laramie County, Chicago:Illinois:IL:606:Cook County,
Cleveland:Ohio:OH:441:Cuyahoga County, Columbus:Ohio:OH:432:Franklin County, Dallas:Texas:TX:752:Dallas County, Denver:Colorado:CO:802:Denver County,
Des Moines:Iowa:IA:503:Polk County, Detroit:Michigan:MI:482:Wayne County, Eugene:Oregon:OR:974:Lane County, Fargo:North Dakota:ND:581:Cass County,
Hartford:Connecticut:CT:061:Hartford County, Helena:Montana:MT:596:Lewis and Clark County, Honolulu:Hawaii:HI:968:Honolulu County,
Houston:Texas:TX:770:Harris County, Indianapolis:Indiana:IN:462:Marion County, Jackson:Mississippi:MS:392:Hinds County,
Kansas City:Missouri:MO:641:Jackson County, Las Vegas:Nevada:NV:891:Clark County, Lincoln:Nebraska:NE:685:Lancaster County,
Little Rock:Arkansas:AR:722:Pulaski County, Los Angeles:California:CA:900:Los Angeles County, Louisville:Kentucky:KY:402:Jefferson County,
Madison:Wisconsin:WI:537:Dane County, Memphis:Tennessee:TN:381:Shelby County, Miami:Florida:FL:331:Miami-Dade County,
Milwaukee:Wisconsin:WI:532:Milwaukee County, Minneapolis:Minnesota:MN:554:Hennepin County, Nashville:Tennessee:TN:372:Davidson County,
New Orleans:Louisiana:LA:701:Orleans Parish, Newark:New Jersey:NJ:071:Essex County, Oakland:California:CA:946:Alameda County,
Omaha:Nebraska:NE:681:Douglas County, Orlando:Florida:FL:328:Orange County, Philadelphia:Pennsylvania:PA:191:Philadelphia County,
Phoenix:Arizona:AZ:850:Maricopa County, Pittsburgh:Pennsylvania:PA:152:Allegheny County, Portland:Oregon:OR:972:Multnomah County,
Providence:Rhode Island:RI:029:Providence County, Raleigh:North Carolina:NC:276:Wake County, Richmond:Virginia:VA:232:Henrico County,
Sacramento:California:CA:958:Sacramento County, Salt Lake City:Utah:UT:841:Salt Lake County, San Diego:California:CA:921:San Diego County,
Seattle:Washington:WA:981:King County, Sioux Falls:South Dakota:SD:571:Minnehaha County, Spokane:Washington:WA:992:Spokane County,
Tucson:Arizona:AZ:857:Pima County, Tulsa:Oklahoma:OK:741:Tulsa County, Wichita:Kansas:KS:672:Sedgwick County,
Wilmington:Delaware:DE:198:New Castle County`,
	zh: `北京市:北京市:京:1000:海淀区, 北京市:北京市:京:1000:朝阳区, 上海市:上海市:沪:2000:浦东新区, 上海市:上海市:沪:2000:徐汇区, 天津市:天津市:津:3000:南开区,
重庆市:重庆市:渝:4000:渝中区, 广州市:广东省:粤:5100:天河区, 深圳市:广东省:粤:5180:南山区, 珠海市:广东省:粤:5190:香洲区, 佛山市:广东省:粤:5280:禅城区,
南京市:江苏省:苏:2100:鼓楼区, 苏州市:江苏省:苏:2150:姑苏区, 无锡市:江苏省:苏:2140:滨湖区, 扬州市:江苏省:苏:2250:广陵区, 杭州市:浙江省:浙:3100:西湖区,
宁波市:浙江省:浙:3150:鄞州区, 温州市:浙江省:浙:3250:鹿城区, 绍兴市:浙江省:浙:3120:越城区, 济南市:山东省:鲁:2500:历下区, 青岛市:山东省:鲁:2660:市南区,
烟台市:山东省:鲁:2640:芝罘区, 郑州市:河南省:豫:4500:金水区, 洛阳市:河南省:豫:4710:洛龙区, 开封市:河南省:豫:4750:龙亭区, 武汉市:湖北省:鄂:4300:武昌区,
宜昌市:湖北省:鄂:4430:西陵区, 长沙市:湖南省:湘:4100:岳麓区, 株洲市:湖南省:湘:4120:天元区, 岳阳市:湖南省:湘:4140:岳阳楼区, 成都市:四川省:川:6100:武侯区,
绵阳市:四川省:川:6210:涪城区, 乐山市:四川省:川:6140:市中区, 西安市:陕西省:陕:7100:雁塔区, 咸阳市:陕西省:陕:7120:秦都区, 福州市:福建省:闽:3500:鼓楼区,
厦门市:福建省:闽:3610:思明区, 泉州市:福建省:闽:3620:丰泽区, 合肥市:安徽省:皖:2300:蜀山区, 芜湖市:安徽省:皖:2410:镜湖区, 黄山市:安徽省:皖:2450:屯溪区,
南昌市:江西省:赣:3300:东湖区, 景德镇市:江西省:赣:3330:珠山区, 石家庄市:河北省:冀:0500:长安区, 保定市:河北省:冀:0710:莲池区,
太原市:山西省:晋:0300:小店区, 大同市:山西省:晋:0370:平城区, 沈阳市:辽宁省:辽:1100:和平区, 大连市:辽宁省:辽:1160:中山区, 长春市:吉林省:吉:1300:朝阳区,
吉林市:吉林省:吉:1320:船营区, 哈尔滨市:黑龙江省:黑:1500:南岗区, 海口市:海南省:琼:5700:美兰区, 三亚市:海南省:琼:5720:吉阳区,
昆明市:云南省:云:6500:五华区, 大理市:云南省:云:6710:下关街道, 贵阳市:贵州省:贵:5500:南明区, 遵义市:贵州省:贵:5630:红花岗区,
南宁市:广西壮族自治区:桂:5300:青秀区, 桂林市:广西壮族自治区:桂:5410:秀峰区, 兰州市:甘肃省:甘:7300:城关区, 西宁市:青海省:青:8100:城西区,
银川市:宁夏回族自治区:宁:7500:兴庆区, 呼和浩特市:内蒙古自治区:蒙:0100:新城区, 乌鲁木齐市:新疆维吾尔自治区:新:8300:天山区,
拉萨市:西藏自治区:藏:8500:城关区`,
}

// countries are name, both codes of ISO 3166, and what its people are called.
var countries = list{
	en: `Argentina:AR:ARG:Argentine, Australia:AU:AUS:Australian, Austria:AT:AUT:Austrian, Bangladesh:BD:BGD:Bangladeshi, Belgium:BE:BEL:Belgian,
Bolivia:BO:BOL:Bolivian, Brazil:BR:BRA:Brazilian, Bulgaria:BG:BGR:Bulgarian, Cambodia:KH:KHM:Cambodian, Canada:CA:CAN:Canadian, Chile:CL:CHL:Chilean,
China:CN:CHN:Chinese, Colombia:CO:COL:Colombian, Costa Rica:CR:CRI:Costa Rican, Croatia:HR:HRV:Croatian, Czechia:CZ:CZE:Czech, Denmark:DK:DNK:Danish,
Ecuador:EC:ECU:Ecuadorian, Egypt:EG:EGY:Egyptian, Estonia:EE:EST:Estonian, Ethiopia:ET:ETH:Ethiopian, Fiji:FJ:FJI:Fijian, Finland:FI:FIN:Finnish,
France:FR:FRA:French, Germany:DE:DEU:German, Ghana:GH:GHA:Ghanaian, Greece:GR:GRC:Greek, Hungary:HU:HUN:Hungarian, Iceland:IS:ISL:Icelandic,
India:IN:IND:Indian, Indonesia:ID:IDN:Indonesian, Ireland:IE:IRL:Irish, Israel:IL:ISR:Israeli, Italy:IT:ITA:Italian, Jamaica:JM:JAM:Jamaican,
Japan:JP:JPN:Japanese, Jordan:JO:JOR:Jordanian, Kazakhstan:KZ:KAZ:Kazakh, Kenya:KE:KEN:Kenyan, Latvia:LV:LVA:Latvian, Lithuania:LT:LTU:Lithuanian,
Malaysia:MY:MYS:Malaysian, Mexico:MX:MEX:Mexican, Mongolia:MN:MNG:Mongolian, Morocco:MA:MAR:Moroccan, Nepal:NP:NPL:Nepalese, Netherlands:NL:NLD:Dutch,
New Zealand:NZ:NZL:New Zealander, Nigeria:NG:NGA:Nigerian, Norway:NO:NOR:Norwegian, Pakistan:PK:PAK:Pakistani, Peru:PE:PER:Peruvian,
Philippines:PH:PHL:Filipino, Poland:PL:POL:Polish, Portugal:PT:PRT:Portuguese, Romania:RO:ROU:Romanian, Senegal:SN:SEN:Senegalese,
Singapore:SG:SGP:Singaporean, Slovakia:SK:SVK:Slovak, Slovenia:SI:SVN:Slovene, South Africa:ZA:ZAF:South African, South Korea:KR:KOR:South Korean,
Spain:ES:ESP:Spanish, Sri Lanka:LK:LKA:Sri Lankan, Sweden:SE:SWE:Swedish, Switzerland:CH:CHE:Swiss, Thailand:TH:THA:Thai, Tunisia:TN:TUN:Tunisian,
Turkey:TR:TUR:Turkish, Ukraine:UA:UKR:Ukrainian, United Kingdom:GB:GBR:British, United States:US:USA:American, Uruguay:UY:URY:Uruguayan,
Vietnam:VN:VNM:Vietnamese`,
	zh: `中国:CN:CHN:中国人, 日本:JP:JPN:日本人, 韩国:KR:KOR:韩国人, 蒙古:MN:MNG:蒙古人, 越南:VN:VNM:越南人, 泰国:TH:THA:泰国人, 新加坡:SG:SGP:新加坡人,
马来西亚:MY:MYS:马来西亚人, 印度尼西亚:ID:IDN:印度尼西亚人, 菲律宾:PH:PHL:菲律宾人, 柬埔寨:KH:KHM:柬埔寨人, 印度:IN:IND:印度人, 尼泊尔:NP:NPL:尼泊尔人,
巴基斯坦:PK:PAK:巴基斯坦人, 哈萨克斯坦:KZ:KAZ:哈萨克斯坦人, 土耳其:TR:TUR:土耳其人, 以色列:IL:ISR:以色列人, 约旦:JO:JOR:约旦人, 埃及:EG:EGY:埃及人,
摩洛哥:MA:MAR:摩洛哥人, 肯尼亚:KE:KEN:肯尼亚人, 尼日利亚:NG:NGA:尼日利亚人, 加纳:GH:GHA:加纳人, 南非:ZA:ZAF:南非人, 德国:DE:DEU:德国人,
法国:FR:FRA:法国人, 英国:GB:GBR:英国人, 爱尔兰:IE:IRL:爱尔兰人, 荷兰:NL:NLD:荷兰人, 比利时:BE:BEL:比利时人, 瑞士:CH:CHE:瑞士人, 奥地利:AT:AUT:奥地利人,
意大利:IT:ITA:意大利人, 西班牙:ES:ESP:西班牙人, 葡萄牙:PT:PRT:葡萄牙人, 希腊:GR:GRC:希腊人, 波兰:PL:POL:波兰人, 捷克:CZ:CZE:捷克人,
匈牙利:HU:HUN:匈牙利人, 罗马尼亚:RO:ROU:罗马尼亚人, 丹麦:DK:DNK:丹麦人, 瑞典:SE:SWE:瑞典人, 挪威:NO:NOR:挪威人, 芬兰:FI:FIN:芬兰人, 冰岛:IS:ISL:冰岛人,
美国:US:USA:美国人, 加拿大:CA:CAN:加拿大人, 墨西哥:MX:MEX:墨西哥人, 巴西:BR:BRA:巴西人, 阿根廷:AR:ARG:阿根廷人, 智利:CL:CHL:智利人, 秘鲁:PE:PER:秘鲁人,
哥伦比亚:CO:COL:哥伦比亚人, 澳大利亚:AU:AUS:澳大利亚人, 新西兰:NZ:NZL:新西兰人, 斐济:FJ:FJI:斐济人`,
}

var (
	streets        = list{en: "{street_number} {street_name}", zh: "{street_name}{street_number}号"}
	streetSuffixes = list{
		en: `Street, Avenue, Road, Lane, Drive, Court, Place, Way, Square, Terrace, Crescent, Boulevard, Close, Row, Walk, Hill`,
		zh: "路, 街, 大道, 巷, 大街, 东路, 西路, 南路, 北路, 中路",
	}
	apartments = list{
		en: "Apt. {number 1 99}, Suite {number 100 999}, Floor {number 1 30}",
		zh: "{number 1 30}号楼{number 1 6}单元{number 101 2804}室, {number 1 28}层",
	}
	regions    = list{en: "Northeast, Southeast, Midwest, Southwest, West, Northwest", zh: "东北, 华北, 华东, 华中, 华南, 西南, 西北"}
	continents = list{en: "Africa, Antarctica, Asia, Europe, North America, Oceania, South America", zh: "非洲, 南极洲, 亚洲, 欧洲, 北美洲, 大洋洲, 南美洲"}
	directions = list{
		en: "North, Northeast, East, Southeast, South, Southwest, West, Northwest",
		zh: "北, 东北, 东, 东南, 南, 西南, 西, 西北",
	}
	shortCities = list{
		en: "{city}",
		zh: `北京, 上海, 天津, 重庆, 广州, 深圳, 南京, 苏州, 杭州, 宁波, 青岛, 郑州, 武汉, 长沙, 成都, 西安, 厦门, 合肥, 昆明, 大连`,
	}
	coordinates = list{sentences: true, en: "{latitude}, {longitude}"}
)

var streetNames = list{
	en: `{tree} {street_suffix}, {tree} {street_suffix}, {last_name} {street_suffix}, {last_name} {street_suffix}, Bridge {street_suffix},
Castle {street_suffix}, Chapel {street_suffix}, Church {street_suffix}, Garden {street_suffix}, Harbour {street_suffix}, High {street_suffix},
Hill {street_suffix}, Lake {street_suffix}, Library {street_suffix}, Main {street_suffix}, Market {street_suffix}, Meadow {street_suffix},
Mill {street_suffix}, Orchard {street_suffix}, Park {street_suffix}, River {street_suffix}, School {street_suffix}, Spring {street_suffix},
Station {street_suffix}, Sunset {street_suffix}, Valley {street_suffix}, Victoria {street_suffix}, Water {street_suffix}`,
	zh: `人民{street_suffix}, 中山{street_suffix}, 解放{street_suffix}, 建设{street_suffix}, 和平{street_suffix}, 文化{street_suffix}, 长江{street_suffix},
新华{street_suffix}, 胜利{street_suffix}, 青年{street_suffix}, 朝阳{street_suffix}, 花园{street_suffix}, 湖滨{street_suffix}, 滨江{street_suffix},
学院{street_suffix}, 科技{street_suffix}, 迎宾{street_suffix}, 光明{street_suffix}, 幸福{street_suffix}, 友谊{street_suffix}, 团结{street_suffix},
环城{street_suffix}, 红旗{street_suffix}, 东风{street_suffix}, 黄河{street_suffix}, 昆仑{street_suffix}, 泰山{street_suffix}, 梅园{street_suffix},
桃源{street_suffix}, 凤凰{street_suffix}, 龙泉{street_suffix}, 金桥{street_suffix}, 银杏{street_suffix}, 梧桐{street_suffix}, 翠竹{street_suffix}`,
}

var timezones = list{
	en: `Africa/Cairo, Africa/Johannesburg, Africa/Lagos, Africa/Nairobi, America/Argentina/Buenos_Aires, America/Bogota, America/Chicago, America/Denver,
America/Halifax, America/Lima, America/Los_Angeles, America/Mexico_City, America/New_York, America/Sao_Paulo, America/Toronto, America/Vancouver,
Asia/Bangkok, Asia/Dhaka, Asia/Dubai, Asia/Hong_Kong, Asia/Jakarta, Asia/Karachi, Asia/Kathmandu, Asia/Kolkata, Asia/Manila, Asia/Seoul, Asia/Shanghai,
Asia/Singapore, Asia/Taipei, Asia/Tokyo, Asia/Urumqi, Australia/Brisbane, Australia/Perth, Australia/Sydney, Europe/Amsterdam, Europe/Athens,
Europe/Berlin, Europe/Dublin, Europe/Helsinki, Europe/Istanbul, Europe/Lisbon, Europe/London, Europe/Madrid, Europe/Oslo, Europe/Paris, Europe/Prague,
Europe/Rome, Europe/Vienna, Europe/Warsaw, Europe/Zurich, Pacific/Auckland, Pacific/Fiji, Pacific/Honolulu`,
}

var offsets = list{
	en: `-10:00, -09:00, -08:00, -07:00, -06:00, -05:00, -04:00, -03:00, -02:00, -01:00, +00:00, +01:00, +02:00, +03:00, +03:30, +04:00, +05:00, +05:30, +05:45,
+06:00, +07:00, +08:00, +09:00, +09:30, +10:00, +11:00, +12:00`,
}

// airports are name and code.
var airports = list{
	en: `Amsterdam Schiphol:AMS, Athens International:ATH, Barcelona El Prat:BCN, Boston Logan:BOS, Cape Town International:CPT, Chicago O'Hare:ORD,
Copenhagen Kastrup:CPH, Denver International:DEN, Dubai International:DXB, Dublin:DUB, Frankfurt:FRA, Geneva:GVA, Helsinki-Vantaa:HEL,
Hong Kong International:HKG, London Heathrow:LHR, Los Angeles International:LAX, Madrid Barajas:MAD, Melbourne:MEL, Munich:MUC,
Nairobi Jomo Kenyatta:NBO, Oslo Gardermoen:OSL, Paris Charles de Gaulle:CDG, San Francisco International:SFO, Singapore Changi:SIN,
Sydney Kingsford Smith:SYD, Tokyo Haneda:HND, Toronto Pearson:YYZ, Vancouver International:YVR, Vienna International:VIE, Zurich:ZRH`,
	zh: `北京首都国际机场:PEK, 北京大兴国际机场:PKX, 上海浦东国际机场:PVG, 上海虹桥国际机场:SHA, 广州白云国际机场:CAN, 深圳宝安国际机场:SZX,
成都双流国际机场:CTU, 成都天府国际机场:TFU, 杭州萧山国际机场:HGH, 西安咸阳国际机场:XIY, 昆明长水国际机场:KMG, 重庆江北国际机场:CKG,
南京禄口国际机场:NKG, 武汉天河国际机场:WUH, 长沙黄花国际机场:CSX, 厦门高崎国际机场:XMN, 青岛胶东国际机场:TAO, 郑州新郑国际机场:CGO,
哈尔滨太平国际机场:HRB, 沈阳桃仙国际机场:SHE, 海口美兰国际机场:HAK, 三亚凤凰国际机场:SYX, 贵阳龙洞堡国际机场:KWE, 乌鲁木齐地窝堡国际机场:URC,
拉萨贡嘎国际机场:LXA`,
}
