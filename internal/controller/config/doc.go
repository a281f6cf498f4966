// Package config is all about ProviderConfig and ClusterProviderConfig: it
// connects managed resources to the metal-stack that they name, records who
// uses which configuration, keeps a used one (and its Secret) from being
// deleted, and says in its status whether the metal-stack can be reached.
package config
