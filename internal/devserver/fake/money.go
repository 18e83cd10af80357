package fake

var amounts = []param{
	{name: "least", is: decimal, otherwise: "0", least: -1e12, most: 1e12},
	{name: "most", is: decimal, otherwise: "10000", least: -1e12, most: 1e12, above: true},
	{name: "digits", is: whole, otherwise: "2", most: 6},
}

var money = []kind{
	{name: "amount", params: amounts, make: decimalBetween},
	{name: "currency", also: "currency_long currency_name", words: &currencies, field: 1},
	{name: "currency_short", also: "currency_code", words: &currencies, field: 2},
	{name: "currency_symbol", words: &currencies, field: 3},
	{name: "iban", make: iban},
	{name: "bic", also: "swift swift_code", words: &bics},
	{name: "credit_card_number", also: "credit_card card_number", make: cardNumber},
	{name: "credit_card_type", also: "credit_card_issuer card_type", words: &cards, field: 1},
	{name: "credit_card_exp", also: "credit_card_expiry card_expiry", make: cardExpiry},
	{name: "credit_card_cvv", also: "cvv cvc", words: &cardCodes},
	{name: "account_number", also: "ach_account bank_account", words: &accounts},
	{name: "routing_number", also: "ach_routing", make: routingNumber},
	{name: "account_name", words: &accountNames},
	{name: "transaction_type", words: &transactionTypes},
	{name: "transaction_description", words: &transactions},
	{name: "pin", words: &pins},
	{name: "vat_number", also: "vat tax_id", words: &vatNumbers},
	{name: "invoice_number", words: &invoices},
}

// iban has a bank that is none: its code is zeros. Its check digits are right (ISO 13616).
func iban(c *call, _ args) any {
	country := c.fields(&ibans)
	account := country[1] + c.of(digits, atoi(country[2]))
	return country[0] + checkISO7064(account+country[0]) + account
}

// cardNumber begins like those that the makers of payment systems test with, and has the check digit of Luhn.
func cardNumber(c *call, _ args) any {
	card := c.fields(&cards)
	body := card[1] + c.of(digits, atoi(card[2])-len(card[1])-1)
	return body + checkLuhn(body)
}

func cardExpiry(c *call, _ args) any {
	at := c.now().AddDate(0, c.between(1, 60), 0)
	return at.Format("01/06")
}

// routingNumber is of the range 90 to 99, which no bank has, with the check digit of the American Bankers Association.
func routingNumber(c *call, _ args) any {
	body := "9" + c.of(digits, 7)
	sum := 0
	for i := range body {
		sum += int(body[i]-'0') * []int{3, 7, 1}[i%3]
	}
	return body + itoa((10-sum%10)%10)
}
