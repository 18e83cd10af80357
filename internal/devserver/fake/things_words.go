package fake

var animals = list{
	en: `albatross, alpaca, antelope, armadillo, badger, bat, bear, beaver, bee, bison, butterfly, camel, cat, cheetah, cow, crab, crane, deer, dog, dolphin,
donkey, dragonfly, duck, eagle, elephant, elk, falcon, ferret, flamingo, fox, frog, gazelle, gecko, giraffe, goat, goose, hamster, hare, hedgehog,
heron, hippo, horse, kangaroo, koala, lemur, leopard, lion, llama, lynx, mole, monkey, moose, mouse, newt, octopus, otter, owl, panda, parrot, penguin,
pig, pony, puffin, rabbit, raccoon, seal, sheep, sloth, snail, sparrow, spider, squirrel, swan, tapir, tiger, toad, tortoise, turtle, walrus, weasel,
whale, wolf, wombat, yak, zebra`,
	zh: `熊猫, 老虎, 狮子, 豹子, 大象, 长颈鹿, 斑马, 猴子, 金丝猴, 猩猩, 狐狸, 狼, 熊, 北极熊, 兔子, 松鼠, 刺猬, 獾, 水獭, 海豚, 鲸鱼, 海豹, 企鹅, 鹰, 猫头鹰,
燕子, 喜鹊, 麻雀, 鹤, 天鹅, 鸭子, 鹅, 公鸡, 鹦鹉, 孔雀, 猫, 狗, 马, 驴, 牛, 羊, 猪, 骆驼, 鹿, 羚羊, 牦牛, 乌龟, 青蛙, 壁虎, 蝴蝶, 蜜蜂, 蜻蜓, 蜗牛,
螃蟹, 章鱼, 金鱼, 仓鼠, 考拉, 袋鼠, 树懒`,
}

var (
	birds = list{
		en: `blackbird, blue tit, bullfinch, canary, chaffinch, crow, cuckoo, eagle, finch, goldfinch, gull, hawk, heron, jay, kingfisher, kite, lark, magpie,
nightingale, nuthatch, owl, pelican, pigeon, raven, robin, rook, sparrow, starling, stork, swallow, swift, thrush, woodpecker, wren`,
		zh: `喜鹊, 麻雀, 燕子, 黄鹂, 画眉, 百灵, 杜鹃, 啄木鸟, 翠鸟, 白鹭, 丹顶鹤, 天鹅, 大雁, 鸳鸯, 海鸥, 老鹰, 猫头鹰, 乌鸦, 鸽子, 鹦鹉, 孔雀, 八哥`,
	}
	dogs = list{
		en: `Akita, Basset Hound, Beagle, Border Collie, Boxer, Bulldog, Chihuahua, Chow Chow, Corgi, Dachshund, Dalmatian, Greyhound, Husky, Labrador, Mastiff,
Pekingese, Pointer, Poodle, Pug, Retriever, Rottweiler, Samoyed, Schnauzer, Shepherd, Shiba Inu, Spaniel, Terrier, Whippet`,
		zh: `柴犬, 柯基, 哈士奇, 金毛, 拉布拉多, 边境牧羊犬, 贵宾犬, 泰迪, 博美, 萨摩耶, 松狮, 京巴, 巴哥, 斗牛犬, 腊肠犬, 比格犬, 雪纳瑞, 德国牧羊犬, 中华田园犬,
沙皮`,
	}
	cats = list{
		en: `Abyssinian, Balinese, Bengal, Birman, Bombay, Burmese, Chartreux, Devon Rex, Maine Coon, Manx, Norwegian Forest, Ocicat, Oriental, Persian, Ragdoll,
Russian Blue, Siamese, Siberian, Somali, Sphynx, Tonkinese, Turkish Angora`,
		zh: `狸花猫, 橘猫, 三花猫, 奶牛猫, 英国短毛猫, 美国短毛猫, 布偶猫, 波斯猫, 暹罗猫, 缅因猫, 俄罗斯蓝猫, 挪威森林猫, 孟加拉豹猫, 无毛猫, 金吉拉, 临清狮子猫`,
	}
	petNames = list{
		en: `Bella, Biscuit, Buster, Charlie, Coco, Cookie, Daisy, Felix, Fluffy, Ginger, Hazel, Honey, Lucky, Luna, Max, Milo, Misty, Mittens, Muffin, Nala, Oreo,
Oscar, Peanut, Pepper, Pickles, Pip, Poppy, Rex, Rosie, Rusty, Shadow, Simba, Smokey, Socks, Teddy, Tiger, Toby, Whiskers`,
		zh: `旺财, 来福, 豆豆, 毛毛, 球球, 乐乐, 点点, 花花, 小白, 小黑, 大黄, 咪咪, 团子, 汤圆, 饺子, 包子, 布丁, 可乐, 奶茶, 芝麻, 糯米, 年糕, 土豆, 西瓜, 橙子,
元宝, 福宝, 多多, 妞妞, 皮皮`,
	}
	trees = list{
		en: `Acacia, Alder, Apple, Ash, Aspen, Bay, Beech, Birch, Cedar, Cherry, Chestnut, Cypress, Elder, Elm, Fir, Hawthorn, Hazel, Hickory, Holly, Juniper, Larch,
Laurel, Lime, Linden, Magnolia, Maple, Mulberry, Oak, Olive, Palm, Pear, Pine, Plane, Plum, Poplar, Rowan, Spruce, Sycamore, Walnut, Willow, Yew`,
		zh: `松树, 柏树, 杨树, 柳树, 槐树, 榆树, 梧桐, 银杏, 枫树, 桂花树, 樟树, 榕树, 桑树, 枣树, 梨树, 桃树, 杏树, 李树, 樱花树, 玉兰, 竹子, 桦树, 杉树, 椰子树,
棕榈, 橡树`,
	}
	flowers = list{
		en: `anemone, aster, bluebell, buttercup, camellia, carnation, chrysanthemum, clover, cornflower, crocus, daffodil, dahlia, daisy, foxglove, freesia,
geranium, gladiolus, heather, hibiscus, hyacinth, iris, jasmine, lavender, lilac, lily, lotus, magnolia, marigold, orchid, pansy, peony, petunia, poppy,
primrose, rose, snowdrop, sunflower, tulip, violet`,
		zh: `牡丹, 菊花, 梅花, 兰花, 荷花, 月季, 杜鹃, 山茶, 桂花, 水仙, 玫瑰, 百合, 茉莉, 海棠, 桃花, 樱花, 丁香, 郁金香, 向日葵, 康乃馨, 薰衣草, 紫罗兰, 牵牛花,
芍药, 迎春花, 栀子花`,
	}
	fruits = list{
		en: `apple, apricot, banana, blackberry, blueberry, cherry, clementine, coconut, cranberry, currant, date, elderberry, fig, gooseberry, grape, grapefruit,
guava, kiwi, lemon, lime, lychee, mango, melon, nectarine, orange, papaya, passion fruit, peach, pear, persimmon, pineapple, plum, pomegranate, quince,
raspberry, strawberry, tangerine, watermelon`,
		zh: `苹果, 梨, 桃子, 李子, 杏, 樱桃, 草莓, 蓝莓, 葡萄, 西瓜, 哈密瓜, 香蕉, 菠萝, 芒果, 荔枝, 龙眼, 枇杷, 杨梅, 橘子, 橙子, 柚子, 柠檬, 石榴, 柿子, 山楂,
红枣, 猕猴桃, 火龙果, 榴莲, 木瓜, 椰子, 无花果`,
	}
	vegetables = list{
		en: `artichoke, asparagus, aubergine, beetroot, broad bean, broccoli, cabbage, carrot, cauliflower, celery, chard, chicory, courgette, cress, cucumber,
fennel, garlic, green bean, kale, kohlrabi, leek, lettuce, mushroom, okra, onion, parsnip, pea, pepper, potato, pumpkin, radish, rocket, shallot,
spinach, sprout, sweet potato, sweetcorn, tomato, turnip`,
		zh: `白菜, 菠菜, 油菜, 生菜, 芹菜, 韭菜, 茼蒿, 空心菜, 西兰花, 花菜, 卷心菜, 萝卜, 胡萝卜, 土豆, 红薯, 山药, 莲藕, 芋头, 洋葱, 大蒜, 生姜, 黄瓜, 冬瓜, 南瓜,
苦瓜, 丝瓜, 茄子, 番茄, 青椒, 豆角, 豌豆, 毛豆, 蘑菇, 木耳, 竹笋`,
	}
	dishes = list{
		en: `baked beans, bean burger, chicken soup, chickpea curry, chilli, couscous, dumplings, falafel, fish and chips, fish pie, fried rice, goulash,
grilled cheese, lasagne, lentil soup, meatballs, minestrone, moussaka, mushroom risotto, noodle soup, omelette, paella, pasta, pea soup, pierogi, pizza,
potato salad, pumpkin soup, quiche, ramen, ratatouille, roast chicken, salad, shepherd's pie, spaghetti, stew, stir-fry, stuffed peppers, sushi, tacos,
tomato soup, vegetable curry`,
		zh: `宫保鸡丁, 麻婆豆腐, 鱼香肉丝, 回锅肉, 红烧肉, 糖醋排骨, 西红柿炒鸡蛋, 青椒土豆丝, 清蒸鲈鱼, 水煮鱼, 小笼包, 饺子, 馄饨, 炒饭, 扬州炒饭, 牛肉面, 担担面,
炸酱面, 热干面, 刀削面, 过桥米线, 火锅, 烤鸭, 白切鸡, 叉烧, 煲仔饭, 肠粉, 凉皮, 肉夹馍, 羊肉泡馍, 烤鱼, 酸菜鱼, 地三鲜, 蛋花汤, 狮子头, 梅菜扣肉, 粽子,
葱油拌面`,
	}
	breakfasts = list{
		en: `bagel with cheese, baked eggs, banana pancakes, bread and jam, croissant, fried eggs, fruit salad, granola, muesli, muffin, omelette, porridge,
pancakes, scrambled eggs, toast, waffles, yoghurt with honey`,
		zh: `豆浆油条, 小笼包, 煎饼果子, 皮蛋瘦肉粥, 小米粥, 馒头, 花卷, 鸡蛋灌饼, 豆腐脑, 肠粉, 热干面, 烧卖, 馄饨, 茶叶蛋, 手抓饼, 葱油饼`,
	}
	desserts = list{
		en: `apple crumble, apple pie, baked apples, brownie, carrot cake, cheesecake, cherry tart, chocolate mousse, cream puff, fruit jelly, gingerbread,
ice cream, lemon tart, macaroon, meringue, panna cotta, pavlova, plum cake, rice pudding, sorbet, sponge cake, strudel, tiramisu, trifle,
vanilla custard`,
		zh: `汤圆, 绿豆糕, 桂花糕, 红豆沙, 双皮奶, 杨枝甘露, 芒果布丁, 银耳羹, 龟苓膏, 月饼, 蛋挞, 糖葫芦, 麻团, 豌豆黄, 驴打滚, 冰粉, 芝麻糊, 姜撞奶, 凤梨酥, 雪媚娘`,
	}
	drinks = list{
		en: `apple juice, black tea, buttermilk, camomile tea, cappuccino, cocoa, coffee, cola, elderflower cordial, espresso, ginger ale, green tea, hot chocolate,
iced tea, kombucha, lemonade, milk, mint tea, orange juice, rooibos, smoothie, soda water, tomato juice, tonic water, water`,
		zh: `绿茶, 红茶, 乌龙茶, 普洱茶, 茉莉花茶, 菊花茶, 龙井, 铁观音, 豆浆, 酸梅汤, 牛奶, 酸奶, 奶茶, 咖啡, 拿铁, 美式咖啡, 橙汁, 苹果汁, 椰汁, 柠檬水, 可乐,
苏打水, 白开水, 绿豆汤`,
	}
	vehicles = list{
		en: `ambulance, bicycle, bus, cargo bike, camper van, convertible, coupe, electric car, estate car, ferry, fire engine, hatchback, helicopter, hybrid, lorry,
minibus, moped, motorcycle, pickup, saloon, scooter, sports car, tractor, tram, truck, van`,
		zh: `轿车, 越野车, 跑车, 面包车, 皮卡, 卡车, 公交车, 校车, 救护车, 消防车, 出租车, 电动车, 混合动力车, 摩托车, 自行车, 三轮车, 拖拉机, 地铁, 高铁, 轮船,
直升机`,
	}
	plates = list{
		en: "{upper_letter 3} {digit 4}, {digit 3} {upper_letter 3}",
		zh: "{state_abr}A·{digit 5}, {state_abr}B·{upper_letter 1}{digit 4}",
	}
	genres = list{
		en: `adventure, animation, biography, children, classic, comedy, crime, documentary, drama, essay, fairy tale, fantasy, history, horror, musical, mystery,
philosophy, poetry, romance, science, science fiction, thriller, travel, western`,
		zh: `冒险, 动画, 传记, 儿童, 经典, 喜剧, 犯罪, 纪录片, 剧情, 散文, 童话, 奇幻, 历史, 恐怖, 歌舞, 悬疑, 哲学, 诗歌, 爱情, 科普, 科幻, 惊悚, 旅行, 武侠`,
	}
	bookTitles = list{
		sentences: true,
		en: `The {Noun} of {city}
The {Adjective} {Noun}
A {Noun} in {month_name}
The {job_title}'s {Noun}
{first_name} and the {Adjective} {Animal}
The Last {Noun}
Under the {Tree}
{number 2 100} {Noun}s`,
		zh: `{city_short}往事
{adjective}的{noun}
{noun}与{noun}
{noun}简史
{job_title}的{noun}
寻找{noun}
{month_name}的{noun}
最后的{noun}`,
	}
	movies = list{
		sentences: true,
		en: `{Adjective} {Noun}
The {Noun} Returns
Night of the {Animal}
Escape from {city}
{first_name} and {first_name}
The {job_title}
Beyond the {Noun}
A {Noun} for Two`,
		zh: `{city_short}之夜
{adjective}的{animal}
{noun}归来
我的{job_title}朋友
逃离{city_short}
{noun}之歌
飞越{noun}
{noun}大冒险`,
	}
	songs = list{
		sentences: true,
		en: `{Adjective} {Noun}
Dance with the {Noun}
My {Color_word} {Noun}
Goodbye {first_name}
{Noun} in the Rain
Oh {Noun}
{Verb} with Me
{city} Blues`,
		zh: `{adjective}的{noun}
{noun}里的歌
再见{noun}
{city_short}的雨
给{noun}的歌
{noun}和你
想念{city_short}
{color}的{noun}`,
	}
	musicGenres = list{
		en: `ambient, baroque, bluegrass, blues, bossa nova, chamber, choral, classical, country, disco, dub, electronic, flamenco, folk, funk, gospel, hip hop,
house, indie, jazz, klezmer, latin, metal, opera, pop, punk, reggae, rock, salsa, ska, soul, swing, tango, techno, waltz`,
		zh: `流行, 摇滚, 民谣, 民歌, 古典, 爵士, 蓝调, 电子, 嘻哈, 说唱, 乡村, 轻音乐, 国风, 京剧, 昆曲, 粤剧, 越剧, 黄梅戏, 交响乐, 室内乐, 合唱, 歌剧, 金属, 朋克,
雷鬼`,
	}
	instruments = list{
		en: `accordion, banjo, bass, bassoon, bugle, cello, clarinet, cornet, double bass, drums, flute, guitar, harmonica, harp, harpsichord, horn, lute, mandolin,
marimba, oboe, organ, piano, piccolo, recorder, saxophone, sitar, tambourine, triangle, trombone, trumpet, tuba, ukulele, viola, violin, xylophone,
zither`,
		zh: `古筝, 古琴, 琵琶, 二胡, 笛子, 箫, 葫芦丝, 唢呐, 扬琴, 阮, 三弦, 编钟, 锣, 鼓, 钢琴, 小提琴, 大提琴, 吉他, 贝斯, 架子鼓, 萨克斯, 长笛, 单簧管, 小号,
口琴, 手风琴, 尤克里里`,
	}
	sports = list{
		en: `archery, athletics, badminton, baseball, basketball, biathlon, bowls, boxing, canoeing, climbing, cricket, cross-country skiing, curling, cycling,
diving, fencing, football, golf, gymnastics, handball, hockey, ice skating, judo, karate, rowing, rugby, sailing, skiing, snooker, squash, surfing,
swimming, tennis, triathlon, volleyball, wrestling`,
		zh: `乒乓球, 羽毛球, 篮球, 足球, 排球, 网球, 手球, 棒球, 高尔夫, 游泳, 跳水, 体操, 田径, 跑步, 跳绳, 举重, 射击, 射箭, 击剑, 柔道, 跆拳道, 武术, 太极拳,
散打, 滑冰, 滑雪, 冰壶, 冰球, 赛艇, 帆船, 自行车, 攀岩, 马拉松`,
	}
	weathers = list{
		en: `cloudy, mostly sunny, partly cloudy, sunny, overcast, foggy, misty, drizzle, rain, light showers, heavy rain, showers, thunderstorm, hail, sleet,
snow, light flurries, blizzard, windy, clear`,
		zh: `晴, 多云, 少云, 阴, 雾, 霾, 小雨, 中雨, 大雨, 暴雨, 阵雨, 雷阵雨, 冰雹, 雨夹雪, 小雪, 中雪, 大雪, 大风, 沙尘, 台风`,
	}
	units = list{
		en: `centimetre, gram, hectare, hour, kilogram, kilometre, kilowatt, litre, metre, milligram, millilitre, millimetre, minute, newton, pascal, second,
square metre, tonne, volt, watt`,
		zh: `厘米, 克, 公顷, 小时, 千克, 公里, 千瓦, 升, 米, 毫克, 毫升, 毫米, 分钟, 牛顿, 帕, 秒, 平方米, 吨, 伏, 瓦, 斤, 两, 亩`,
	}
	elements = list{
		en: `Hydrogen:H, Helium:He, Lithium:Li, Carbon:C, Nitrogen:N, Oxygen:O, Fluorine:F, Neon:Ne, Sodium:Na, Magnesium:Mg, Aluminium:Al, Silicon:Si, Phosphorus:P,
Sulfur:S, Chlorine:Cl, Argon:Ar, Potassium:K, Calcium:Ca, Titanium:Ti, Chromium:Cr, Iron:Fe, Cobalt:Co, Nickel:Ni, Copper:Cu, Zinc:Zn, Silver:Ag,
Tin:Sn, Iodine:I, Tungsten:W, Platinum:Pt, Gold:Au, Mercury:Hg, Lead:Pb`,
		zh: `氢:H, 氦:He, 锂:Li, 碳:C, 氮:N, 氧:O, 氟:F, 氖:Ne, 钠:Na, 镁:Mg, 铝:Al, 硅:Si, 磷:P, 硫:S, 氯:Cl, 氩:Ar, 钾:K, 钙:Ca, 钛:Ti, 铬:Cr, 铁:Fe, 钴:Co, 镍:Ni,
铜:Cu, 锌:Zn, 银:Ag, 锡:Sn, 碘:I, 钨:W, 铂:Pt, 金:Au, 汞:Hg, 铅:Pb`,
	}
)
