// Package controller is the one external client that every kind of managed
// resource shares. What is decided (is it ours, is it gone, may it be created)
// is decided by pure functions over plain values; a kind adds only what is
// particular of it.
package controller
