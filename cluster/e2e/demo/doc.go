// Package demo tests that the demo tells the story that the README promises.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package demo
