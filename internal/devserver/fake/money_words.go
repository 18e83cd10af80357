package fake

// currencies are name, code of ISO 4217, and sign.
var currencies = list{
	en: `Australian Dollar:AUD:A$, Brazilian Real:BRL:R$, British Pound:GBP:£, Canadian Dollar:CAD:C$, Chilean Peso:CLP:$, Czech Koruna:CZK:Kč,
Danish Krone:DKK:kr, Egyptian Pound:EGP:E£, Euro:EUR:€, Forint:HUF:Ft, Hong Kong Dollar:HKD:HK$, Icelandic Krona:ISK:kr, Indian Rupee:INR:₹,
Israeli Shekel:ILS:₪, Kenyan Shilling:KES:KSh, Malaysian Ringgit:MYR:RM, Mexican Peso:MXN:$, Moroccan Dirham:MAD:DH, New Zealand Dollar:NZD:NZ$,
Nigerian Naira:NGN:₦, Norwegian Krone:NOK:kr, Philippine Peso:PHP:₱, Polish Zloty:PLN:zł, Romanian Leu:RON:lei, Singapore Dollar:SGD:S$,
South African Rand:ZAR:R, South Korean Won:KRW:₩, Swedish Krona:SEK:kr, Swiss Franc:CHF:Fr., Thai Baht:THB:฿, Turkish Lira:TRY:₺, US Dollar:USD:$,
Vietnamese Dong:VND:₫, Yen:JPY:¥, Yuan:CNY:¥`,
	zh: `人民币:CNY:¥, 美元:USD:$, 欧元:EUR:€, 英镑:GBP:£, 日元:JPY:¥, 韩元:KRW:₩, 港元:HKD:HK$, 新加坡元:SGD:S$, 澳大利亚元:AUD:A$, 加拿大元:CAD:C$,
新西兰元:NZD:NZ$, 瑞士法郎:CHF:Fr., 瑞典克朗:SEK:kr, 挪威克朗:NOK:kr, 丹麦克朗:DKK:kr, 泰铢:THB:฿, 越南盾:VND:₫, 印度卢比:INR:₹, 马来西亚林吉特:MYR:RM,
菲律宾比索:PHP:₱, 巴西雷亚尔:BRL:R$, 南非兰特:ZAR:R, 土耳其里拉:TRY:₺, 波兰兹罗提:PLN:zł`,
}

// cards are issuer, beginning and length, of the numbers that are published for tests.
var cards = list{
	en: `Visa:411111:16, Visa:424242:16, Visa:400000:16, Mastercard:555555:16, Mastercard:510510:16, Mastercard:222300:16, American Express:378282:15,
Discover:601111:16, JCB:356600:16, UnionPay:620000:16`,
	zh: "银联:620000:16, 银联:620000:19, 维萨:411111:16, 万事达:555555:16",
}

// ibans are country, code of a bank that there is not, and how many digits follow.
var ibans = list{
	en: `AT:00000:11, BE:000:9, CH:00000:12, DE:00000000:10, DK:0000:10, ES:00000000:12, FI:000000:8, FR:0000000000:13, GB:XXXX000000:8, IE:XXXX000000:8,
LU:000:13, NL:XXXX:10, NO:0000:7, PL:00000000:16, PT:00000000:13, SE:000:17`,
}

var (
	bics = list{
		en: "XXXXDEXX, XXXXGBXX, XXXXFRXX, XXXXUSXX, XXXXCHXX{digit 3}, XXXXNLXX{digit 3}, XXXXATXX, XXXXSEXX",
		zh: "XXXXCNXX, XXXXCNXX{digit 3}, XXXXHKXX",
	}
	cardCodes = list{en: "{digit 3}"}
	accounts  = list{en: "000{digit 9}", zh: "620000{digit 13}"}
	pins      = list{en: "{digit 4}", zh: "{digit 6}"}
	invoices  = list{en: "INV-{number 2015 2025}-{digit 5}", zh: "FP{number 2015 2025}{digit 8}"}

	accountNames = list{
		en: `Checking Account, Savings Account, Current Account, Credit Card Account, Loan Account, Mortgage Account, Investment Account, Holiday Fund,
Household Account`,
		zh: "活期账户, 定期账户, 储蓄账户, 信用卡账户, 贷款账户, 理财账户, 公积金账户, 家庭账户, 备用金账户",
	}
	transactionTypes = list{
		en: "deposit, withdrawal, payment, transfer, refund, invoice, fee, interest, salary",
		zh: "存款, 取款, 付款, 转账, 退款, 开票, 手续费, 利息, 工资",
	}
	transactions = list{
		sentences: true,
		en: `{Transaction_type} to {company}
{Transaction_type} of {currency_symbol}{number 1 900}.{digit 2} from {name}
{Company}, {product_noun}
{Transaction_type} for {invoice_number}`,
		zh: `向{company}{transaction_type}
{name}{transaction_type}{number 1 900}.{digit 2}元
在{company}购买{product_noun}
{transaction_type}，单号{invoice_number}`,
	}
	vatNumbers = list{en: "XX{digit 9}", zh: "91990000{upper_letter 2}{digit 8}"}
)
