package fake

import "strings"

// checkLuhn is the check digit of a card number (ISO/IEC 7812, annex B).
func checkLuhn(body string) string {
	sum := 0
	for i := range body {
		n := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			n = n*2/10 + n*2%10
		}
		sum += n
	}
	return itoa((10 - sum%10) % 10)
}

// withCheckGS1 is a number with the check digit that EAN, UPC and ISBN-13 share.
func withCheckGS1(body string) string {
	sum := 0
	for i := range body {
		n := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			n *= 3
		}
		sum += n
	}
	return body + itoa((10-sum%10)%10)
}

// checkISO7064 is the two check digits of an IBAN, by modulo 97-10. Letters count from 10.
func checkISO7064(text string) string {
	rest := 0
	for _, r := range text + "00" {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	check := itoa(98 - rest)
	return strings.Repeat("0", 2-len(check)) + check
}

// checkGB11643 is the last place of an identity number of China, by modulo 11-2.
func checkGB11643(body string) string {
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * weight
	}
	return "10X98765432"[sum%11 : sum%11+1]
}
