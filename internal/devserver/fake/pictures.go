package fake

import "fmt"

var sides = []param{
	{name: "width", is: whole, otherwise: "640", least: 1, most: 10000},
	{name: "height", is: whole, otherwise: "480", least: 1, most: 10000},
}

var pictures = []kind{
	{name: "color", also: "colour", words: &colours},
	{name: "color_word", words: &colourWords},
	{name: "safe_color", words: &safeColours},
	{name: "hex_color", also: "rgb_hex", words: &hexColours},
	{name: "rgb_color", also: "rgb", words: &rgbColours},
	{name: "hsl_color", also: "hsl", words: &hslColours},
	{name: "image", also: "data_image image_data_uri placeholder", params: sides, make: image},
	{name: "image_url", also: "photo picture_url", params: sides, make: imageURL},
}

// image is a picture that no network is needed for: an area in one colour with its measures.
func image(c *call, a args) any {
	width, height := a[0].i, a[1].i
	return picture(width, height, fmt.Sprintf(`<rect width="100%%" height="100%%" fill="%s"/>`+
		`<text x="50%%" y="50%%" font-family="sans-serif" text-anchor="middle" dominant-baseline="middle" fill="#fff">%d × %d</text>`,
		c.text("hex_color"), width, height))
}

func imageURL(c *call, a args) any {
	return fmt.Sprintf("https://example.com/images/%s/%dx%d.png", c.of(hexDigits, 8), a[0].i, a[1].i)
}
