package fake

var women = list{
	en: `Ada, Agnes, Alice, Amelia, Amy, Anna, Astrid, Audrey, Beatrice, Bella, Bridget, Camille, Carmen, Caroline, Cecilia, Charlotte, Clara, Daisy, Daphne,
Diana, Edith, Elena, Eliza, Ella, Ellen, Emily, Emma, Esther, Eva, Fatima, Fiona, Flora, Frances, Freya, Grace, Greta, Hannah, Harriet, Hazel, Helen,
Ida, Imani, Ingrid, Irene, Iris, Isabel, Ivy, Jane, Jasmine, Josephine, Julia, Karen, Kate, Laila, Laura, Leah, Lena, Lily, Linda, Louise, Lucy, Lydia,
Mabel, Margaret, Maria, Martha, Matilda, Maya, Mia, Mina, Nadia, Nina, Nora, Olga, Olive, Olivia, Paula, Pearl, Penelope, Phoebe, Priya, Rachel, Rosa,
Ruth, Sara, Selma, Sofia, Stella, Susan, Sylvia, Tessa, Vera, Victoria, Violet, Wendy, Yasmin, Zoe`,
	zh: `芳, 娜, 敏, 静, 丽, 艳, 娟, 霞, 秀英, 秀兰, 桂英, 玉兰, 玉梅, 春梅, 雪梅, 婷, 婷婷, 雨婷, 欣怡, 欣然, 梓涵, 子涵, 诗涵, 雨涵, 一诺, 可欣, 佳怡, 佳琪,
梦琪, 梦洁, 思琪, 思雨, 思敏, 晓燕, 晓敏, 晓雯, 海燕, 海霞, 慧, 慧敏, 慧芳, 丹, 丹丹, 莉, 莉莉, 琳, 琳琳, 雪, 雪莹, 莹, 莹莹, 倩, 倩倩, 颖, 颖颖, 文静,
文慧, 美玲, 美华, 淑珍, 淑华, 淑敏, 凤英, 红梅, 红霞, 云, 彩云, 若曦, 若溪, 语嫣, 语桐, 诗雨, 诗琪, 雅琴, 雅婷, 雅静, 月, 明月, 小月, 兰, 兰兰, 洁,
雨洁, 薇, 采薇, 蕾, 春蕾, 宁, 安宁, 安然, 悠然, 晴, 雨晴, 晚晴, 清扬, 秋实, 知夏, 初夏, 念慈, 书瑶, 梦瑶, 沐瑶`,
}

var men = list{
	en: `Aaron, Adam, Albert, Alex, Ali, Andrew, Anton, Arthur, Ben, Bernard, Boris, Bruno, Carl, Carlos, Charles, Chris, Daniel, David, Dennis, Diego, Dominic,
Edgar, Edward, Eli, Emil, Eric, Ernest, Felix, Finn, Francis, Frank, Fred, Gabriel, George, Gilbert, Gregory, Gustav, Hamid, Harold, Harry, Henry, Hugo,
Ian, Isaac, Ivan, Jack, Jacob, James, Jasper, Joel, John, Jonas, Joseph, Julian, Karim, Keith, Kenji, Lars, Leo, Leon, Lewis, Louis, Lucas, Luis,
Marcus, Martin, Matteo, Max, Michael, Miles, Nathan, Neil, Nicholas, Noah, Omar, Oscar, Otto, Owen, Patrick, Paul, Peter, Philip, Quentin, Ralph, Ravi,
Robert, Roman, Rupert, Samuel, Simon, Stefan, Theo, Thomas, Tobias, Victor, Vincent, Walter, Wilfred, William, Yusuf`,
	zh: `伟, 强, 磊, 军, 洋, 勇, 杰, 涛, 明, 超, 平, 刚, 辉, 鹏, 波, 斌, 宇, 浩, 浩然, 浩宇, 子轩, 子墨, 宇轩, 宇航, 俊杰, 俊辉, 志强, 志远, 志明, 志刚, 建国,
建华, 建军, 国强, 国庆, 文博, 文轩, 文斌, 博文, 博涛, 嘉豪, 嘉伟, 天佑, 天宇, 泽宇, 泽楷, 晓明, 晓东, 晓峰, 海涛, 海波, 海峰, 少华, 少辉, 振华, 振宇,
家明, 家辉, 立新, 立伟, 新华, 永强, 永康, 永辉, 福生, 春生, 长江, 长青, 思远, 思源, 明远, 明哲, 明轩, 睿, 睿哲, 哲, 修远, 修杰, 景行, 景明, 弘毅, 弘文,
致远, 鸿飞, 云飞, 翔, 天翔, 凯, 凯文, 旭, 旭东, 阳, 朝阳, 晨, 逸飞, 逸凡, 乐天, 松, 青松, 柏, 山, 远山, 川, 承志, 承宇, 立诚, 守信`,
}

var surnames = list{
	en: `Abbott, Adler, Allen, Anders, Archer, Ashby, Atkins, Bailey, Baker, Banks, Barlow, Barnes, Becker, Bell, Bennett, Berg, Bishop, Blake, Bloom, Bond,
Bowen, Bradley, Brandt, Briggs, Brooks, Brown, Burke, Burton, Butler, Carey, Carr, Carter, Castro, Chambers, Chan, Chapman, Clarke, Cole, Collins,
Conrad, Cook, Cooper, Costa, Craig, Cross, Cruz, Curtis, Dalton, Davies, Dawson, Dean, Diaz, Dixon, Doyle, Drake, Duncan, Eaton, Edwards, Elliott,
Ellis, Evans, Farrell, Ferguson, Fields, Fischer, Fisher, Fletcher, Flores, Ford, Foster, Fox, Francis, Frost, Fuller, Gallo, Garcia, Gardner, George,
Gibson, Gill, Glover, Gomez, Graham, Grant, Gray, Greene, Griffin, Haas, Hale, Hall, Hamilton, Hansen, Harper, Harris, Hart, Harvey, Hayes, Henson,
Herrera, Hill, Holmes, Hopkins, Howard, Hughes, Hunt, Hunter, Ibrahim, Irwin, Ito, Jackson, James, Jansen, Jensen, Johnson, Jones, Joyce, Kane, Kaur,
Keller, Kelly, Kennedy, Khan, Kim, King, Klein, Knight, Kumar, Lambert, Lane, Larsen, Lawson, Lee, Lewis, Lind, Lloyd, Lopez, Lowe, Lynch, Marsh,
Martin, Mason, May, Mendez, Meyer, Miller, Mills, Moore, Moreau, Morgan, Morris, Muller, Murphy, Murray, Nash, Nelson, Newman, Nguyen, Nolan, Norris,
Novak, Olsen, Ortiz, Osborne, Owens, Page, Palmer, Parker, Patel, Pearce, Perry, Petersen, Phillips, Porter, Powell, Price, Quinn, Ramos, Reed, Reyes,
Rhodes, Rice, Richards, Rivera, Roberts, Rogers, Rossi, Rowe, Russell, Ryan, Sanders, Santos, Sato, Schmidt, Scott, Shaw, Silva, Simmons, Singh, Smith,
Snow, Stein, Stone, Suzuki, Tanaka, Taylor, Thomas, Turner, Vance, Vega, Vogel, Wade, Wagner, Walker, Wallace, Walsh, Ward, Warren, Watson, Weber,
Wells, West, White, Wilson, Winter, Wong, Wood, Wright, Yates, Young`,
	zh: `王, 李, 张, 刘, 陈, 杨, 黄, 赵, 吴, 周, 徐, 孙, 马, 朱, 胡, 郭, 何, 林, 高, 罗, 郑, 梁, 谢, 宋, 唐, 许, 韩, 邓, 冯, 曹, 彭, 曾, 肖, 田, 董, 潘, 袁, 蔡,
蒋, 余, 于, 杜, 叶, 程, 魏, 苏, 吕, 丁, 任, 卢, 姚, 沈, 钟, 姜, 崔, 谭, 陆, 范, 汪, 廖, 石, 金, 韦, 贾, 夏, 付, 方, 邹, 熊, 白, 孟, 秦, 邱, 侯, 江, 尹,
薛, 闫, 段, 雷, 龙, 黎, 史, 陶, 贺, 毛, 郝, 顾, 龚, 邵, 万, 覃, 武, 钱, 戴, 严, 莫, 孔, 向, 常, 汤, 康, 易, 乔, 赖, 文, 温, 牛, 樊, 葛, 安, 伍, 颜, 倪,
施, 章, 鲁, 俞, 岳, 季, 齐, 凌, 殷, 庄, 梅, 童, 聂, 毕, 焦, 关, 包, 左, 祝, 柳, 耿, 舒, 骆, 符, 辛, 项, 甘, 纪, 裴, 卓, 霍, 翟, 阮, 詹, 欧阳, 司马,
上官, 诸葛, 司徒, 慕容, 端木, 尉迟`,
}

var middleNames = list{
	en: `Ann, Belle, Blair, Brook, Cameron, Claire, Dale, Dean, Drew, Elise, Faith, Faye, Gray, Hope, Jade, James, Jean, Jude, June, Kai, Lane, Lee, Lynn, Mae,
Marie, Noel, Paige, Quinn, Rae, Ray, Reese, River, Robin, Rose, Sage, Sky, Sloane, True, Vale, Wren`,
	zh: "永, 文, 志, 国, 德, 家, 明, 世, 天, 子, 思, 雨, 春, 秀, 玉, 慧",
}

var (
	prefixes  = list{en: "Mr., Ms., Mrs., Mx., Dr., Prof.", zh: "小, 老, 阿"}
	suffixes  = list{en: "Jr., Sr., II, III, IV, PhD, MD, MBA", zh: "先生, 女士, 老师, 博士, 教授, 医生"}
	genders   = list{en: "female, male", zh: "女, 男"}
	nicknames = list{en: "{Adjective} {Animal}", zh: "{adjective}的{animal}"}
	zodiac    = list{
		en: "Aries, Taurus, Gemini, Cancer, Leo, Virgo, Libra, Scorpio, Sagittarius, Capricorn, Aquarius, Pisces",
		zh: "鼠, 牛, 虎, 兔, 龙, 蛇, 马, 羊, 猴, 鸡, 狗, 猪",
	}
	family = list{
		en: `aunt, brother, cousin, daughter, father, grandfather, grandmother, husband, mother, nephew, niece, partner, sister, son, uncle, wife`,
		zh: "爸爸, 妈妈, 爷爷, 奶奶, 外公, 外婆, 哥哥, 姐姐, 弟弟, 妹妹, 老公, 老婆, 儿子, 女儿, 叔叔, 舅舅, 姑姑, 阿姨",
	}
	bloodTypes = list{en: "A+, A-, B+, B-, AB+, AB-, O+, O-", zh: "A型, B型, AB型, O型"}
)

var usernames = list{
	en: `{first_name}.{last_name}, {first_name}{digit 2}, {first_name}_{last_name}, {last_name}{digit 3}, {color_word}{noun}{digit 2}`,
	zh: "{pinyin}{digit 2}, {pinyin}_{digit 3}, {pinyin}.{pinyin}",
}

var pinyin = list{
	en: `wangwei, lina, zhangmin, liuyang, chenjie, yangfan, huanglei, zhaoxin, wuhao, zhouting, xuming, sunli, majun, zhuyu, hubin, guotao, helin, linfeng,
gaoyuan, luodan, zhengkai, liangyue, xieyu, songjia, tangbo, xuqing, hanxue, dengchao, fengning, caoyan, pengfei, zengrui, xiaoyu, tianmeng, dongxu,
panwei, yuanshan, caihong, jiangnan, yuchen, dufei, yezi, chengcheng, weilan, suxiao, lvbai, dingding, renjie, luxun, yaoyao, shenmo, zhongshan,
jiangshan, cuihua, tanxin, luyao, fanfan, wangyue, liaoyuan, shitou, jinghan, xiaotian, fangyuan, qiuyue, qingfeng, mingyue, baiyun, xingchen, dahai,
chuntian`,
}

var (
	mailHosts  = list{en: "example.com, example.org, example.net"}
	avatarURLs = list{en: "https://example.com/avatars/{hex 8}.png"}

	// The numbers 555-0100 to 555-0199 are kept for stories; no operator in China has the prefix 154.
	phones          = list{en: "{area_code}55501{digit 2}", zh: "154{digit 8}"}
	formattedPhones = list{en: "({area_code}) 555-01{digit 2}", zh: "154 {digit 4} {digit 4}"}
	areaCodes       = list{
		zh: "010, 020, 021, 022, 023, 024, 025, 027, 028, 029, 0371, 0411, 0512, 0531, 0571, 0591, 0755, 0871",
		en: "202, 206, 212, 213, 303, 305, 312, 404, 415, 503, 512, 602, 615, 617, 702, 713, 801, 808, 907, 919",
	}
)

var jobTitles = list{
	en: `Accountant, Actuary, Architect, Art Director, Baker, Biologist, Bookkeeper, Business Analyst, Carpenter, Chemist, Chief Executive, Civil Engineer,
Community Manager, Content Designer, Copywriter, Customer Support Agent, Data Analyst, Data Engineer, Database Administrator, Dentist, Designer, Doctor,
Economist, Editor, Electrician, Event Planner, Financial Analyst, Florist, Gardener, Graphic Designer, Human Resources Manager, Illustrator,
Interpreter, Journalist, Lab Technician, Lawyer, Librarian, Logistics Coordinator, Marketing Manager, Mechanic, Mechanical Engineer, Midwife, Musician,
Network Engineer, Nurse, Office Manager, Operations Manager, Optician, Paralegal, Pharmacist, Photographer, Physicist, Pilot, Plumber, Product Manager,
Professor, Project Manager, Purchasing Manager, Quality Engineer, Recruiter, Researcher, Sales Manager, Security Engineer, Social Worker,
Software Engineer, Statistician, Surveyor, Systems Engineer, Tailor, Teacher, Technical Writer, Test Engineer, Translator, Veterinarian, Video Editor,
Web Developer, Welder`,
	zh: `工程师, 软件工程师, 前端工程师, 后端工程师, 测试工程师, 运维工程师, 算法工程师, 数据分析师, 架构师, 安全工程师, 产品经理, 项目经理, 设计师, 交互设计师,
平面设计师, 室内设计师, 会计, 出纳, 审计师, 财务经理, 律师, 法务专员, 教师, 教授, 讲师, 辅导员, 医生, 护士, 药剂师, 牙医, 兽医, 营养师, 编辑, 记者,
翻译, 作家, 摄影师, 导演, 演员, 音乐人, 销售经理, 客户经理, 市场专员, 运营专员, 采购经理, 人事专员, 行政助理, 总经理, 副总经理, 店长, 收银员, 客服专员,
厨师, 面包师, 咖啡师, 司机, 快递员, 仓库管理员, 电工, 木工, 焊工, 建筑师, 造价师, 园艺师, 导游, 飞行员, 警察, 消防员, 公务员, 研究员, 化学家, 物理学家,
统计师, 图书管理员, 社工`,
}

var jobLevels = list{
	en: `Trainee, Junior, Associate, Assistant, Regional, Senior, Lead, Principal, Staff, Chief, Deputy, Executive, Global, Interim`,
	zh: "实习, 初级, 中级, 高级, 资深, 首席, 助理, 副, 区域, 代理",
}

var departments = list{
	en: `Accounting, Administration, Customer Service, Design, Engineering, Facilities, Finance, Human Resources, Information Technology, Legal, Logistics,
Marketing, Operations, Procurement, Product, Quality, Research, Sales, Security, Support, Training`,
	zh: `财务部, 行政部, 客服部, 设计部, 研发部, 技术部, 人力资源部, 信息部, 法务部, 物流部, 市场部, 运营部, 采购部, 产品部, 质量部, 销售部, 安全部, 培训部,
生产部, 总经办`,
}

var hobbies = list{
	en: `archery, astronomy, baking, beekeeping, birdwatching, board games, bookbinding, calligraphy, camping, carpentry, chess, climbing, cooking, cycling,
dancing, drawing, embroidery, fencing, fishing, gardening, hiking, juggling, karaoke, kite flying, knitting, model trains, mushroom picking, origami,
painting, photography, pottery, puzzles, reading, rowing, running, sailing, sewing, singing, skating, skiing, stargazing, surfing, swimming,
table tennis, theatre, weaving, wood carving, writing, yoga`,
	zh: `书法, 国画, 围棋, 象棋, 太极拳, 茶艺, 摄影, 登山, 骑行, 跑步, 游泳, 乒乓球, 羽毛球, 篮球, 足球, 瑜伽, 唱歌, 跳舞, 古筝, 吉他, 钢琴, 钓鱼, 养花, 烹饪,
烘焙, 阅读, 写作, 旅行, 露营, 观鸟, 看电影, 听音乐, 剪纸, 篆刻, 陶艺, 编织, 集邮, 放风筝, 下厨, 滑雪, 滑冰, 桌游, 拼图, 天文`,
}

var bios = list{
	sentences: true,
	en: `{Job_title} from {city} who likes {hobby} and {hobby}.
Writes about {hobby}. {job_title} by day.
{Job_title} at {company}. Never far from {animal} or {drink}.
Lives in {city}, loves {hobby}, learns {programming_language}.
{Adjective} {job_title}, happy with {food} and a good book.
Once a {job_title}, now a {job_title}; always into {hobby}.`,
	zh: `{job_title}，住在{city}，喜欢{hobby}和{hobby}。
白天是{job_title}，晚上爱{hobby}。
{company}{job_title}，一天也离不开{drink}。
热爱{hobby}的{job_title}，正在学{programming_language}。
曾经是{job_title}，现在是{job_title}，一直喜欢{hobby}。
来自{city}，爱吃{food}，周末常去{hobby}。`,
}

var schools = list{
	en: `{city} Public School, {last_name} Academy, {city} High School, University of {state}, {state} State College, {last_name} Institute of Technology,
{city} Business School, {city} School of Art`,
	zh: `{city}第一中学, {city}第二中学, {city}实验小学, {city}外国语学校, {city}理工大学, {city}师范大学, {city}职业技术学院, {city}艺术学院`,
}
