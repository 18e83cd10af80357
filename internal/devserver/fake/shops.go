package fake

var (
	prices = []param{
		{name: "least", is: decimal, otherwise: "1", most: 1e9},
		{name: "most", is: decimal, otherwise: "1000", most: 1e9, above: true},
		{name: "digits", is: whole, otherwise: "2", most: 6},
	}
	quantities = []param{
		{name: "least", is: whole, otherwise: "1", most: 1e9},
		{name: "most", is: whole, otherwise: "100", most: 1e9, above: true},
	}
)

var shops = []kind{
	{name: "product", also: "product_name commerce_product_name", words: &productNames},
	{name: "product_noun", words: &productNouns},
	{name: "product_adjective", words: &productAdjectives},
	{name: "product_category", also: "category", words: &categories},
	{name: "product_description", words: &productDescriptions},
	{name: "product_feature", words: &productFeatures},
	{name: "material", also: "product_material", words: &materials},
	{name: "price", params: prices, make: decimalBetween},
	{name: "quantity", also: "stock", params: quantities, make: number},
	{name: "discount", make: func(c *call, _ args) any { return c.between(1, 15) * 5 }},
	{name: "rating", also: "stars", make: func(c *call, _ args) any { return float64(c.between(2, 10)) / 2 }},
	{name: "sku", words: &skus},
	{name: "ean", also: "ean13 barcode", make: ean},
	{name: "upc", also: "product_upc", make: upc},
	{name: "isbn", also: "product_isbn isbn13", make: isbn},
	{name: "order_number", also: "order_id", words: &orderNumbers},
	{name: "order_status", words: &orderStates},
	{name: "payment_method", words: &paymentMethods},
	{name: "tracking_number", words: &trackingNumbers},
	{name: "coupon", also: "coupon_code voucher", words: &coupons},
	{name: "clothing_size", also: "product_size", words: &sizes},
	{name: "review", also: "comment", words: &reviews},
}

// ean has a prefix that shops use within their walls, so it is the number of no product.
func ean(c *call, _ args) any { return withCheckGS1("2" + c.of(digits, 11)) }

// upc is one of the numbers that shops give to what they weigh.
func upc(c *call, _ args) any { return withCheckGS1("2" + c.of(digits, 10)) }

// isbn has a group of ISBN that is given to nobody.
func isbn(c *call, _ args) any { return withCheckGS1("978" + "699" + c.of(digits, 6)) }
