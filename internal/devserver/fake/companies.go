package fake

var companies = []kind{
	{name: "company", also: "company_name", words: &companyNames},
	{name: "company_suffix", words: &companySuffixes},
	{name: "industry", also: "trade", words: &industries},
	{name: "slogan", also: "catch_phrase company_catch_phrase", words: &slogans},
	{name: "buzzword", words: &buzzwords},
	{name: "bs", also: "company_bs buzz_phrase", words: &jargon},
	{name: "brand", words: &brands},
	{name: "bank_name", also: "bank", words: &banks},
}
