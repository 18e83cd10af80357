package fake

var (
	months = list{
		en: "January, February, March, April, May, June, July, August, September, October, November, December",
		zh: "一月, 二月, 三月, 四月, 五月, 六月, 七月, 八月, 九月, 十月, 十一月, 十二月",
	}
	weekdays = list{
		en: "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
		zh: "星期一, 星期二, 星期三, 星期四, 星期五, 星期六, 星期日",
	}
	dayParts = list{
		en: `this morning, at noon, in the afternoon, in the evening, at night, today, tomorrow, last week, on {weekday}, every {weekday}, in {month_name}`,
		zh: "今天早上, 中午, 下午, 傍晚, 晚上, 今天, 明天, 昨天, 上周, 周末, {weekday}, 去年{month_name}, 清晨, 夜里",
	}
	isoDurations = list{en: "PT{number 1 59}M, PT{number 1 23}H, P{number 1 30}D, P{number 1 12}M, P1DT{number 1 23}H{number 1 59}M"}
)
