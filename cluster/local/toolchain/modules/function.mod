module toolchain.local/function

go 1.26.0

require github.com/crossplane-contrib/function-patch-and-transform v0.10.7
