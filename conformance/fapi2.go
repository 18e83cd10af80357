package main

func fapi2Plans() []plan { return nil }
