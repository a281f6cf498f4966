// Xrdgen writes the CompositeResourceDefinitions of Go types with
// kubebuilder's markers, so that there is one source for the types, their
// schemas and what kubectl explain says.
//
// Usage: xrds PACKAGES FOLDER
package main

import (
	"errors"
	"fmt"
	"os"

	"sigs.k8s.io/controller-tools/pkg/genall"
)

var (
	errUsage    = errors.New("usage: xrds PACKAGES FOLDER")
	errPackages = errors.New("cannot generate: see the errors above")
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	return generate(args[0], args[1])
}

// generate writes an XRD into folder for each kind found in packages, a
// pattern as the go command takes it.
func generate(packages, folder string) error {
	var g genall.Generator = generator{}
	r, err := genall.Generators{&g}.ForRoots(packages)
	if err != nil {
		return fmt.Errorf("cannot load %s: %w", packages, err)
	}
	r.OutputRules = genall.OutputRules{Default: genall.OutputToDirectory(folder)}
	if failed := r.Run(); failed {
		return errPackages
	}
	return nil
}
