package fake

var colours = list{
	en: `Amber, Amethyst, Apricot, Aquamarine, Azure, Beige, Black, Blue, Bronze, Brown, Burgundy, Cerulean, Charcoal, Cherry, Chestnut, Cinnamon, Copper, Coral,
Cornflower, Cream, Crimson, Cyan, Denim, Emerald, Forest Green, Fuchsia, Gold, Graphite, Green, Grey, Indigo, Ivory, Jade, Khaki, Lavender, Lemon,
Lilac, Lime, Magenta, Mahogany, Maroon, Mauve, Midnight Blue, Mint, Moss, Mustard, Navy, Ochre, Olive, Orange, Orchid, Peach, Pear, Pine, Pink, Plum,
Purple, Raspberry, Red, Rose, Ruby, Rust, Saffron, Sage, Salmon, Sand, Sapphire, Scarlet, Sepia, Sienna, Silver, Sky Blue, Slate, Tan, Teal, Terracotta,
Turquoise, Umber, Vanilla, Violet, White, Wine, Yellow`,
	zh: `红色, 大红, 朱红, 玫红, 粉色, 橙色, 橘黄, 杏色, 黄色, 鹅黄, 柠檬黄, 金色, 米色, 驼色, 卡其色, 绿色, 草绿, 墨绿, 翠绿, 薄荷绿, 橄榄绿, 青色, 月白, 天蓝,
湖蓝, 宝蓝, 藏青, 靛蓝, 蓝色, 孔雀蓝, 紫色, 藕荷色, 丁香紫, 棕色, 咖啡色, 赭石, 黑色, 墨色, 灰色, 银色, 白色, 象牙白, 酒红, 胭脂红, 珊瑚色`,
}

var colourWords = list{
	en: `amber, black, blue, brown, crimson, golden, green, grey, indigo, ivory, orange, pink, purple, red, scarlet, silver, teal, turquoise, violet, white,
yellow`,
	zh: "红色, 橙色, 黄色, 绿色, 青色, 蓝色, 紫色, 黑色, 白色, 灰色, 粉色, 棕色, 金色, 银色",
}

var (
	safeColours = list{en: "aqua, black, blue, fuchsia, gray, green, lime, maroon, navy, olive, purple, red, silver, teal, white, yellow"}
	hexColours  = list{en: "#{hex 6}"}
	rgbColours  = list{sentences: true, en: "rgb({number 0 255}, {number 0 255}, {number 0 255})"}
	hslColours  = list{sentences: true, en: "hsl({number 0 359}, {number 20 90}%, {number 25 75}%)"}
)
