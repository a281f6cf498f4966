// Package integration tests the controllers of managed resources on an API
// server: with watches, caches, validation rules and server-side apply, and with
// a process that ends and begins again. Its tests have the build tag envtest.
package integration
