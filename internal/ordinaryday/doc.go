// Package ordinaryday tests what people do all day with managed resources, on an
// API server: they apply again, render empties, misspell and correct, restore,
// and delete while something is broken. Every kind runs through all of it. What
// is done to a field is generated from the CRDs; a field or a kind without an
// entry in the table fails. Its tests have the build tag envtest.
package ordinaryday
