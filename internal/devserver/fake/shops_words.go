package fake

var productNames = list{
	en: `{product_adjective} {material} {product_noun}, {product_adjective} {product_noun}, {brand} {product_noun}, {material} {product_noun}`,
	zh: `{product_adjective}{material}{product_noun}, {product_adjective}{product_noun}, {brand}{product_noun}, {material}{product_noun}`,
}

var productNouns = list{
	en: `Alarm Clock, Apron, Armchair, Backpack, Bag, Ball, Basket, Bathrobe, Bench, Bicycle, Blanket, Bookshelf, Bowl, Broom, Camera, Candle, Chair, Chessboard,
Coat, Coffee Maker, Cup, Curtain, Cushion, Desk, Desk Lamp, Dress, Earphones, Flask, Fork, Frame, Frying Pan, Gloves, Guitar, Hammer, Hat, Headphones,
Hoodie, Jacket, Jug, Kettle, Keyboard, Kite, Knife, Ladder, Lamp, Lantern, Laptop Stand, Lunch Box, Mat, Mirror, Monitor, Mouse, Mug, Notebook, Pan,
Pen, Pencil Case, Pillow, Plate, Raincoat, Rug, Sandals, Saucepan, Scarf, Screwdriver, Shelf, Shirt, Shoes, Skirt, Sofa, Speaker, Spoon, Stool,
Suitcase, Sweater, Table, Teapot, Tent, Toaster, Torch, Towel, Toy Train, Tray, Trousers, Umbrella, Vase, Wallet, Watch, Watering Can, Whistle`,
	zh: `闹钟, 围裙, 扶手椅, 双肩包, 手提包, 篮球, 收纳篮, 浴袍, 长凳, 自行车, 毛毯, 书架, 汤碗, 扫帚, 相机, 蜡烛, 椅子, 棋盘, 外套, 咖啡机, 水杯, 窗帘, 靠垫,
书桌, 台灯, 连衣裙, 耳机, 保温杯, 叉子, 相框, 平底锅, 手套, 吉他, 锤子, 帽子, 卫衣, 夹克, 水壶, 电热水壶, 键盘, 风筝, 菜刀, 梯子, 灯笼, 电脑支架, 饭盒,
地垫, 镜子, 显示器, 鼠标, 马克杯, 笔记本, 钢笔, 文具盒, 枕头, 盘子, 雨衣, 地毯, 凉鞋, 炖锅, 围巾, 螺丝刀, 置物架, 衬衫, 运动鞋, 半身裙, 沙发, 音箱,
勺子, 凳子, 行李箱, 毛衣, 餐桌, 茶壶, 茶杯, 帐篷, 烤面包机, 手电筒, 毛巾, 玩具火车, 托盘, 长裤, 雨伞, 花瓶, 钱包, 手表, 浇水壶`,
}

var productAdjectives = list{
	en: `Airy, Blue, Bold, Bright, Classic, Clever, Comfortable, Compact, Cosy, Cute, Durable, Elegant, Everyday, Fine, Foldable, Fresh, Gentle, Handmade, Handy,
Heavy, Light, Little, Modern, Neat, New, Oversized, Plain, Pocket, Portable, Practical, Quiet, Recycled, Refined, Rugged, Rustic, Simple, Sleek, Slim,
Small, Smart, Smooth, Soft, Solid, Sturdy, Sunny, Tiny, Traditional, Warm, Waterproof, Wide`,
	zh: `轻便, 经典, 舒适, 小巧, 可爱, 耐用, 优雅, 日用, 精致, 折叠, 清新, 柔和, 手工, 实用, 厚实, 轻薄, 迷你, 现代, 整洁, 新款, 加大, 素色, 便携, 静音, 环保,
高档, 复古, 简约, 修身, 智能, 光滑, 柔软, 结实, 传统, 保暖, 防水, 透气, 加厚, 多功能, 时尚`,
}

var materials = list{
	en: `Aluminium, Bamboo, Brass, Bronze, Cardboard, Ceramic, Clay, Concrete, Copper, Cork, Cotton, Denim, Felt, Fleece, Glass, Granite, Iron, Leather, Linen,
Marble, Nylon, Oak, Paper, Pine, Plastic, Porcelain, Rattan, Rubber, Sandstone, Silicone, Silk, Silver, Slate, Steel, Stone, Straw, Suede, Tin, Velvet,
Walnut, Wax, Willow, Wooden, Woollen`,
	zh: `铝合金, 竹制, 黄铜, 青铜, 陶瓷, 陶土, 紫铜, 软木, 纯棉, 牛仔, 毛毡, 玻璃, 铸铁, 真皮, 亚麻, 大理石, 尼龙, 橡木, 纸质, 松木, 塑料, 骨瓷, 藤编, 橡胶,
硅胶, 真丝, 纯银, 不锈钢, 石材, 草编, 麂皮, 丝绒, 胡桃木, 实木, 羊毛, 羊绒, 帆布, 榉木`,
}

var categories = list{
	en: `Art, Automotive, Baby, Bags, Bathroom, Beauty, Bedroom, Books, Cameras, Clothing, Computers, Crafts, Electronics, Films, Food, Furniture, Games, Garden,
Gifts, Groceries, Health, Home, Jewellery, Kids, Kitchen, Lighting, Music, Office, Outdoors, Pets, Phones, Shoes, Sports, Stationery, Tools, Toys,
Travel, Watches`,
	zh: `艺术, 汽车用品, 母婴, 箱包, 卫浴, 美妆, 卧室, 图书, 数码相机, 服装, 电脑, 手工, 家用电器, 影音, 食品, 家具, 游戏, 园艺, 礼品, 生鲜, 健康, 家居, 珠宝,
童装, 厨具, 灯具, 乐器, 办公, 户外, 宠物, 手机, 鞋靴, 运动, 文具, 五金工具, 玩具, 旅行, 钟表`,
}

var productFeatures = list{
	en: `easy to clean, folds flat, fits any pocket, lasts for years, machine washable, made by hand, made of recycled material, needs no assembly, quiet in use,
rainproof, repairable, runs all day, safe for children, stackable, stays warm for hours, two-year warranty, ready to use, wireless`,
	zh: `容易清洗, 可折叠, 小巧便携, 经久耐用, 可机洗, 纯手工制作, 采用再生材料, 无需安装, 使用安静, 防雨防潮, 方便维修, 全天续航, 儿童也能放心使用, 可以叠放,
长时间保温, 两年质保, 开箱即用, 无线连接`,
}

var productDescriptions = list{
	sentences: true,
	en: `A {adjective} {product_noun} of {material}: {product_feature} and {product_feature}.
This {product_noun} is {product_feature}. Comes in {color_word} and {color_word}.
The {adjective} choice for the {noun}, {product_feature}.
Our most {adjective} {product_noun} so far, {product_feature}, now in {color_word}.`,
	zh: `这款{material}{product_noun}{product_feature}，{product_feature}。
{product_adjective}{product_noun}，{product_feature}，有{color}和{color}两种颜色可选。
{adjective}之选：{product_feature}的{product_noun}。
我们最{adjective}的{product_noun}，{product_feature}，新增{color}。`,
}

var reviews = list{
	sentences: true,
	en: `Exactly what I was looking for. Would buy again.
Good {product_noun}, but delivery took {number 4 14} days.
The {color_word} one looks even better than in the picture.
My {family_member} loves it!
{Adjective} and {adjective}. Five stars.
Not bad for the price.
It broke after {number 2 9} weeks, and was replaced without a question.
A bit smaller than I thought, still {adjective}.
I use it every {weekday}.`,
	zh: `正是我想要的，会回购。
{product_noun}不错，就是物流慢，等了{number 4 14}天。
{color}的实物比图片还好看。
我{family_member}特别喜欢！
很{adjective}，五星好评。
这个价格挺值的。
用了{number 2 9}周坏了，客服很快给换了新的。
比想象中小一点，不过很{adjective}。
包装很好，推荐购买。`,
}

var (
	skus         = list{en: "{upper_letter 3}-{digit 4}-{upper_letter 2}, {upper_letter 2}{digit 6}"}
	orderNumbers = list{en: "ORD-{digit 8}", zh: "DD{digit 12}"}
	orderStates  = list{
		en: "pending, paid, processing, packed, shipped, delivered, cancelled, returned, refunded",
		zh: "待付款, 已付款, 处理中, 已打包, 已发货, 已签收, 已取消, 已退货, 已退款",
	}
	paymentMethods = list{
		en: "credit card, debit card, bank transfer, invoice, cash on delivery, gift card, mobile wallet, direct debit",
		zh: "信用卡, 储蓄卡, 银行转账, 货到付款, 礼品卡, 移动支付, 分期付款, 对公转账",
	}
	trackingNumbers = list{en: "XX{digit 9}XX", zh: "XX{digit 13}"}
	coupons         = list{en: "SAVE{number 5 50}, WELCOME{digit 3}, {upper_letter 8}"}
	sizes           = list{en: "XS, S, M, L, XL, XXL"}
)
