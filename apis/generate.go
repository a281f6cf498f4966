// Package apis holds the kinds of provider-metal-stack and of xcluster.
package apis

//go:generate rm -rf ../package/provider/crds ../package/xcluster/apis
//go:generate go tool controller-gen object paths=./...
//go:generate go tool controller-gen crd:crdVersions=v1 paths=./metalstack/... output:crd:artifacts:config=../package/provider/crds
//go:generate go tool angryjet generate-methodsets ./metalstack/...
//go:generate go run ../internal/generate/xrds ./cluster/... ../package/xcluster/apis
//go:generate go run ../internal/generate/fold ../package/provider/crds ../package/xcluster/apis
//go:generate go run ../internal/generate/pages ../package ../docs/reference
