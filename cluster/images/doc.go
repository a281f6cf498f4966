// Package images builds the project's Crossplane packages as OCI images, without
// a container engine: a provider package per platform around one static binary,
// a configuration package, and function packages for a local control plane.
//
// A package is an image whose layer annotated io.crossplane.xpkg=base holds
// package.yaml, the stream of crossplane.yaml and everything that it installs.
// What is built depends on nothing but its input: no clock, no order of a
// directory, no host. Two builds of one commit by one Go toolchain have the same
// digests, and the digest of an image is the one a registry reports after a push.
package images
