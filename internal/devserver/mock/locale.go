package mock

import (
	"fmt"
	"strings"

	"github.com/brianvoe/gofakeit/v7"
)

// chinese is the fake data of the locale zh-CN by kind.
var chinese = map[string]func(f *gofakeit.Faker) string{
	"name":          func(f *gofakeit.Faker) string { return surname(f) + given(f) },
	"firstname":     given,
	"lastname":      surname,
	"username":      func(f *gofakeit.Faker) string { return strings.ToLower(f.Username()) },
	"city":          func(f *gofakeit.Faker) string { return f.RandomString(cities) },
	"state":         func(f *gofakeit.Faker) string { return f.RandomString(provinces) },
	"country":       func(*gofakeit.Faker) string { return "中国" },
	"street":        street,
	"address":       func(f *gofakeit.Faker) string { return f.RandomString(provinces) + f.RandomString(cities) + street(f) },
	"phone":         phone,
	"phoneformated": phone,
	"company": func(f *gofakeit.Faker) string {
		return f.RandomString(cities)[:6] + f.RandomString(trades) + "有限公司"
	},
	"jobtitle":  func(f *gofakeit.Faker) string { return f.RandomString(jobs) },
	"word":      func(f *gofakeit.Faker) string { return f.RandomString(words) },
	"sentence":  sentence,
	"paragraph": func(f *gofakeit.Faker) string { return sentence(f) + sentence(f) + sentence(f) },
	"title":     func(f *gofakeit.Faker) string { return several(f, words, 2, 4) },
}

var (
	surnames  = strings.Fields("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 欧阳 司马")
	givens    = strings.Fields("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 文 华 雨 晨 思 宁 安 然 若 溪")
	provinces = strings.Fields("广东省 江苏省 山东省 浙江省 河南省 四川省 湖北省 湖南省 福建省 陕西省")
	cities    = strings.Fields("广州市 南京市 青岛市 杭州市 郑州市 成都市 武汉市 长沙市 厦门市 西安市 苏州市 深圳市")
	roads     = strings.Fields("人民路 中山路 解放路 建设路 和平路 文化路 长江路 新华路")
	trades    = strings.Fields("科技 贸易 网络 文化 食品 建筑 电子 物流")
	jobs      = strings.Fields("工程师 设计师 产品经理 会计 教师 医生 编辑 销售经理")
	words     = strings.Fields("我们 今天 时间 工作 世界 学习 生活 城市 朋友 问题 办法 故事 春天 清晨 远方 认真 发现 开始 完成 喜欢")
)

func surname(f *gofakeit.Faker) string { return f.RandomString(surnames) }
func given(f *gofakeit.Faker) string   { return several(f, givens, 1, 2) }

func street(f *gofakeit.Faker) string {
	return fmt.Sprintf("%s%d号", f.RandomString(roads), f.IntRange(1, 999))
}

func phone(f *gofakeit.Faker) string {
	return fmt.Sprintf("1%d%09d", f.IntRange(3, 9), f.IntRange(0, 999_999_999))
}

func sentence(f *gofakeit.Faker) string {
	return several(f, words, 3, 5) + "，" + several(f, words, 3, 5) + "。"
}

func several(f *gofakeit.Faker, from []string, least, most int) string {
	var b strings.Builder
	for range f.IntRange(least, most) {
		b.WriteString(f.RandomString(from))
	}
	return b.String()
}
