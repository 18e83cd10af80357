package fake

var things = []kind{
	{name: "animal", also: "animal_type", words: &animals},
	{name: "bird", words: &birds},
	{name: "dog", words: &dogs},
	{name: "cat", words: &cats},
	{name: "pet_name", words: &petNames},
	{name: "tree", words: &trees},
	{name: "flower", words: &flowers},
	{name: "fruit", words: &fruits},
	{name: "vegetable", words: &vegetables},
	{name: "food", also: "dish dinner lunch", words: &dishes},
	{name: "breakfast", words: &breakfasts},
	{name: "dessert", words: &desserts},
	{name: "drink", words: &drinks},
	{name: "vehicle", also: "car vehicle_type", words: &vehicles},
	{name: "license_plate", also: "vrm number_plate", words: &plates},
	{name: "vin", make: vin},
	{name: "book_title", also: "book", words: &bookTitles},
	{name: "book_genre", also: "genre movie_genre", words: &genres},
	{name: "movie", also: "movie_name film", words: &movies},
	{name: "song", also: "song_name", words: &songs},
	{name: "music_genre", also: "song_genre", words: &musicGenres},
	{name: "instrument", words: &instruments},
	{name: "sport", words: &sports},
	{name: "weather", words: &weathers},
	{name: "temperature", params: temperatures, make: decimalBetween},
	{name: "unit", words: &units},
	{name: "element", also: "chemical_element", words: &elements, field: 1},
	{name: "element_symbol", words: &elements, field: 2},
}

var temperatures = []param{
	{name: "least", is: decimal, otherwise: "-20", least: -273.15, most: 1e6},
	{name: "most", is: decimal, otherwise: "40", least: -273.15, most: 1e6, above: true},
	{name: "digits", is: whole, otherwise: "1", most: 6},
}

// vin is the number of no car: no maker begins with 00. Its ninth place is the check digit of ISO 3779.
func vin(c *call, _ args) any {
	const alphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
	const values = "012345678912345678123457923456789"
	number := []byte("00" + c.of(alphabet, 6) + "0" + c.of(alphabet, 8))
	sum := 0
	for i, weight := range []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		for j := range len(alphabet) {
			if alphabet[j] == number[i] {
				sum += weight * int(values[j]-'0')
			}
		}
	}
	number[8] = "0123456789X"[sum%11]
	return string(number)
}
