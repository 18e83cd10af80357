package fake

var nouns = list{
	en: `afternoon, anchor, apple, attic, autumn, bakery, balcony, balloon, basket, beach, bell, bicycle, blanket, boat, book, bottle, box, breakfast, bridge,
brook, bucket, button, cabin, cake, camera, candle, canoe, castle, chair, chapter, city, clock, cloud, coat, compass, concert, corner, cottage,
courtyard, cupboard, desk, diary, dinner, door, dream, engine, evening, farm, feather, fence, festival, field, fireplace, flag, forest, fountain,
friend, garden, gate, guest, guitar, hall, hammer, harbour, hill, holiday, horizon, house, idea, island, journey, key, kitchen, kite, ladder, lake,
lamp, lantern, lesson, letter, library, lighthouse, machine, map, market, meadow, melody, memory, message, mirror, moment, month, moon, morning,
mountain, museum, neighbour, newspaper, night, notebook, ocean, orchard, painting, parcel, park, path, pencil, piano, picture, pocket, postcard,
promise, puzzle, question, radio, recipe, ribbon, river, road, roof, room, sailor, school, season, secret, shadow, shelf, ship, shore, shoulder, sky,
song, spoon, spring, square, stage, staircase, star, station, stone, story, street, suitcase, summer, sunrise, table, teacher, theatre, thread, ticket,
tower, town, train, treasure, tunnel, umbrella, valley, village, violin, voice, wagon, wall, watch, wheel, wind, window, winter, workshop, world, yard`,
	zh: `时间, 生活, 工作, 世界, 城市, 朋友, 问题, 办法, 故事, 春天, 夏天, 秋天, 冬天, 清晨, 傍晚, 夜晚, 远方, 家乡, 母亲, 孩子, 老师, 同学, 邻居, 书本, 信件,
消息, 音乐, 歌声, 电影, 照片, 图画, 窗户, 房间, 院子, 花园, 街道, 小巷, 车站, 火车, 码头, 小船, 河流, 大海, 山谷, 森林, 草原, 田野, 月亮, 星星, 太阳,
天空, 白云, 雨水, 微风, 雪花, 灯光, 影子, 脚步, 声音, 笑容, 眼睛, 梦想, 希望, 记忆, 心情, 机会, 经验, 计划, 方向, 目标, 道路, 结果, 变化, 力量, 勇气,
智慧, 知识, 文化, 历史, 语言, 科学, 技术, 数据, 产品, 市场, 公司, 团队, 会议, 项目, 节日, 礼物, 早餐, 晚饭, 茶馆, 图书馆, 博物馆, 公园, 广场, 学校,
医院, 超市, 花朵, 果实, 种子, 大树, 石头, 桥梁, 钥匙, 钟表, 地图, 雨伞, 箱子, 桌子, 椅子, 笔记, 报纸`,
}

// verbs need nothing after them.
var verbs = list{
	en: `arrive, bake, begin, bloom, borrow, breathe, build, call, carry, change, climb, collect, compare, cook, count, dance, deliver, describe, discover,
dream, drift, explore, explain, find, finish, fly, follow, gather, glow, grow, help, hide, hum, hurry, imagine, improve, invent, invite, join, jump,
laugh, learn, listen, look, measure, meet, mend, move, notice, open, paint, pause, plan, plant, play, prepare, read, remember, rest, return, run, sail,
save, search, share, shine, sing, sleep, smile, speak, start, stay, stop, study, swim, talk, teach, think, travel, try, turn, understand, visit, wait,
wake, walk, wander, watch, whisper, whistle, win, wonder, work, write`,
	zh: `开始, 完成, 喜欢, 学习, 发现, 寻找, 等待, 回忆, 思考, 讨论, 分享, 帮助, 参加, 准备, 整理, 收集, 记录, 描述, 解释, 理解, 相信, 支持, 鼓励, 陪伴, 关心,
照顾, 欣赏, 享受, 体验, 尝试, 努力, 坚持, 改变, 提高, 创造, 设计, 建设, 保护, 探索, 旅行, 散步, 奔跑, 唱歌, 跳舞, 读书, 写作, 画画, 做饭, 休息, 出发,
到达, 回来, 离开, 见面, 聊天, 微笑, 成长, 生活, 工作, 观察`,
}

// transitives are in the third person; in Chinese they have their object.
var transitives = list{
	en: `admires, borrows, brings, builds, carries, celebrates, chooses, collects, colours, crosses, decorates, delivers, describes, discovers, draws, enjoys,
explores, finds, fixes, follows, forgets, guards, hears, hides, keeps, leaves, likes, loves, mends, misses, needs, notices, opens, paints, photographs,
prefers, prepares, reaches, reads, remembers, repairs, sees, sells, shares, shows, sketches, studies, surprises, trusts, visits, wants, warms, watches,
wins`,
	zh: `整理资料, 读一本旧书, 写信, 听音乐, 喝茶, 看日出, 看星星, 讨论新的计划, 准备晚饭, 给花浇水, 画一幅画, 学习新的语言, 等朋友, 修自行车, 拍照片, 讲故事,
练习书法, 放风筝, 散步, 打扫房间, 收拾行李, 做实验, 查地图, 记笔记, 下棋, 弹钢琴, 种树, 包饺子, 写程序, 开会, 打电话, 寄包裹, 买菜, 骑车, 钓鱼, 看展览,
复习功课, 做早餐, 翻看老照片, 跟邻居聊天`,
}

var adjectives = list{
	en: `amazing, ancient, bold, brave, bright, busy, calm, careful, cheerful, clean, clear, clever, cold, colourful, cosy, curious, daring, deep, delicate,
distant, eager, early, easy, elegant, empty, endless, fair, famous, fast, fearless, fine, first, foggy, fresh, friendly, full, funny, gentle, giant,
glad, golden, good, graceful, grand, grateful, great, happy, helpful, hidden, hopeful, huge, humble, hungry, icy, jolly, kind, large, lasting, late,
lively, lonely, long, lost, loud, lovely, lucky, mellow, merry, mild, modern, muddy, narrow, neat, new, noble, noisy, odd, old, open, ordinary, patient,
peaceful, perfect, plain, playful, pleasant, polite, proud, quick, quiet, rare, ready, round, royal, rusty, sharp, shiny, short, shy, silent, simple,
sleepy, slow, small, smooth, soft, solid, steady, still, strange, strong, sunny, sweet, swift, tall, tender, thoughtful, tidy, tiny, warm, wide, wild,
wise, wonderful, young`,
	zh: `美丽, 安静, 温暖, 明亮, 清新, 热闹, 宽阔, 遥远, 古老, 年轻, 勇敢, 善良, 聪明, 可爱, 快乐, 幸福, 平静, 自由, 认真, 耐心, 细心, 热情, 真诚, 谦虚, 坚强,
乐观, 活泼, 幽默, 优雅, 朴素, 简单, 普通, 特别, 新鲜, 甜美, 柔软, 洁净, 整齐, 舒适, 方便, 可靠, 实用, 精致, 神秘, 壮观, 广阔, 深远, 清晰, 流畅, 灵活,
轻松, 愉快, 悠闲, 忙碌, 充实, 珍贵, 难忘, 奇妙, 丰富, 多彩`,
}

var adverbs = list{
	en: `again, almost, always, away, barely, boldly, bravely, briefly, brightly, calmly, carefully, cheerfully, clearly, closely, early, easily, eagerly,
finally, fondly, freely, gently, gladly, gracefully, happily, honestly, kindly, late, lightly, loudly, nearly, neatly, never, often, openly, patiently,
perfectly, playfully, politely, proudly, quickly, quietly, rarely, really, safely, seldom, silently, slowly, smoothly, softly, soon, steadily, suddenly,
sweetly, swiftly, today, together, truly, twice, usually, warmly, well, wisely`,
	zh: `慢慢地, 轻轻地, 静静地, 悄悄地, 认真地, 仔细地, 高兴地, 快乐地, 耐心地, 努力地, 勇敢地, 突然, 忽然, 常常, 总是, 已经, 刚刚, 马上, 渐渐, 终于, 一直,
偶尔, 果然, 依然, 仍然, 稍微, 非常, 特别, 十分, 一起, 独自, 热情地, 愉快地, 从容地`,
}

var (
	prepositions = list{
		en: `above, across, after, against, along, among, around, at, before, behind, below, beside, between, beyond, by, down, during, from, in, inside, near, of,
off, on, over, past, since, through, towards, under, until, up, with, within, without`,
		zh: "在, 从, 向, 往, 到, 对, 对于, 关于, 为了, 按照, 根据, 通过, 沿着, 随着, 除了, 由于, 跟, 和, 同, 把, 被, 比",
	}
	conjunctions = list{
		en: `and, or, but, so, yet, because, although, unless, while, whereas, therefore, however, moreover, meanwhile, otherwise, besides`,
		zh: "和, 或者, 但是, 所以, 因为, 虽然, 然而, 而且, 不过, 因此, 否则, 如果, 即使, 于是, 此外, 同时",
	}
	interjections = list{
		en: "ah, aha, alas, bravo, cheers, gosh, hello, hey, hooray, my, oh, ouch, phew, well, whoa, wow, yay, yes",
		zh: "啊, 哎呀, 哇, 哦, 嗯, 唉, 哈哈, 嘿, 喂, 太好了, 天哪, 加油",
	}
	words        = list{en: "{noun}, {noun}, {adjective}, {verb}, {adverb}", zh: "{noun}, {noun}, {adjective}, {verb}"}
	placePhrases = list{
		en: `in the {noun}, by the {noun}, near the {adjective} {noun}, behind the {noun}, on the way to {city}, under the {adjective} sky, at the {noun}`,
		zh: "在{noun}里, 在{noun}旁边, 在{city_short}, 在图书馆, 在窗前, 在河边, 在院子里, 在办公室, 在火车上, 在老街",
	}
	subjects = list{
		en: `{first_name}, {first_name}, the {noun}, the {adjective} {noun}, my {family_member}, our {noun}, a {noun}, every {noun}, the {job_title}`,
		zh: "{name}, {name}, 我{family_member}, 他{family_member}, 那位{job_title}, 邻居, 老师, 孩子们, 大家, 我们, 朋友们",
	}
)

var phrases = list{
	sentences: true,
	en: `a {adjective} {noun}
{adverb} and {adverb}
the {noun} and the {noun}
a {noun} {place_phrase}
{adjective} as a {noun}
neither {noun} nor {noun}
one {noun} at a time
{verb} before you {verb}`,
	zh: `{adjective}的{noun}
{noun}和{noun}
{adjective}而{adjective}
{place_phrase}{verb}
从{noun}到{noun}
一边{verb}一边{verb}
{adverb}{verb}`,
}

var sentences = list{
	sentences: true,
	en: `{Subject} {transitive} the {adjective} {noun}.
{Subject} {transitive} the {noun} {place_phrase}.
{Day_part}, {subject} {transitive} the {noun}.
{Subject} {transitive} the {noun} because the {noun} is {adjective}.
{Subject} {adverb} {transitive} the {adjective} {noun}, and nobody minds.
{Place_phrase}, {subject} {transitive} a {noun}.
It takes a {adjective} {noun} to {verb} {place_phrase}.
There is a {noun} {place_phrase}, as {adjective} as ever.
When {subject} {transitive} the {noun}, the {noun} is {adjective}.
{First_name} and {first_name} {verb} {place_phrase}.
The {noun} of {city} is {adjective}, but its {noun} is {adjective}.`,
	zh: `{day_part}，{subject}{place_phrase}{transitive}。
{subject}{adverb}{place_phrase}{transitive}。
{city_short}的{noun}很{adjective}，让人难忘。
{subject}喜欢{place_phrase}{transitive}。
那是一个{adjective}的{noun}，{subject}至今还记得。
{subject}说，{noun}比{noun}更{adjective}。
一到{weekday}，{subject}就会{place_phrase}{transitive}。
因为{noun}很{adjective}，所以{subject}决定{verb}。
{adjective}的{noun}里，藏着{adjective}的{noun}。
只要愿意{verb}，{noun}就会变得{adjective}。
{subject}一边{transitive}，一边想着{noun}。`,
}

var questions = list{
	sentences: true,
	en: `Why does the {noun} need a {noun}?
How many {animal}s fit into the {noun}?
Who left the {noun} {place_phrase}?
When will {first_name} {verb} again?
What makes a {noun} {adjective}?
Is the {noun} always this {adjective}?
Where did {first_name} put the {adjective} {noun}?
Can a {noun} {verb}?`,
	zh: `为什么{noun}这么{adjective}？
{name}什么时候{verb}？
怎样才能{adverb}{verb}？
谁把{noun}放{place_phrase}了？
{noun}和{noun}有什么不同？
你还记得那个{adjective}的{noun}吗？
{city_short}的{noun}好玩吗？
今天吃{food}好吗？`,
}

var quotes = list{
	sentences: true,
	en: `“A {adjective} {noun} is worth two {adjective} ones.” {name}
“{Verb} first, {verb} later.” {name}
“Every {noun} was once a {noun}.” {name}
“Where there is a {noun}, there is a {noun}.” {name}
“Be the {noun} that you want to see {place_phrase}.” {name}
“Nothing is as {adjective} as a {noun}.” {name}`,
	zh: `“{adjective}的{noun}，胜过千言万语。”——{name}
“先{verb}，再{verb}。”——{name}
“每一个{noun}，都曾经是{noun}。”——{name}
“有{noun}的地方，就有{noun}。”——{name}
“没有什么比{noun}更{adjective}。”——{name}`,
}

var titles = list{
	sentences: true,
	en: `The {noun} and the {noun}
A {adjective} {noun} for {first_name}
How to {verb} like a {job_title}
{Number 3 12} ways to {verb} {place_phrase}
The {adjective} {noun} of {city}
Why every {noun} needs a {noun}
What the {animal} taught the {job_title}
Notes on a {adjective} {noun}
{Adjective} {noun}, {adjective} {noun}
A year {place_phrase}`,
	zh: `{adjective}的{noun}
{noun}与{noun}
{city_short}的{noun}
如何{adverb}{verb}
{noun}的{number 3 12}个秘密
给{name}的一封信
为什么我们需要{noun}
{job_title}的{noun}
从{noun}到{noun}
那些{adjective}的{noun}`,
}

var latin = list{
	en: `ad, adipiscing, aliqua, aliquip, amet, anim, aute, cillum, commodo, consectetur, consequat, culpa, cupidatat, deserunt, do, dolor, dolore, duis, ea,
eiusmod, elit, enim, esse, est, et, eu, ex, excepteur, exercitation, fugiat, id, in, incididunt, ipsum, irure, labore, laboris, laborum, lorem, magna,
minim, mollit, nisi, non, nostrud, nulla, occaecat, officia, pariatur, proident, qui, quis, reprehenderit, sed, sint, sit, sunt, tempor, ullamco, ut,
velit, veniam, voluptate`,
}
