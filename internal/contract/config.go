package contract

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Config says which metal-api is checked, and with what.
type Config struct {
	// URL is metal-api's address with its base path, such as http://127.0.0.1:18080/metal.
	URL string
	// HMAC is the admin key, or the edit key (rows of class Admin and Damage are skipped then).
	HMAC string
	// HMACView and HMACEdit are the keys of those roles, for rows of class Roles.
	HMACView, HMACEdit string
	// Control is the address of the simulator's control API, for rows of class Sim.
	Control string
	// Destructive allows rows of class Damage.
	Destructive bool
	// Timeout bounds each wait: for a machine to be waiting, installed, for its IPs to be released.
	Timeout time.Duration
	// MutexWait is how long an allocate waits for the partition's allocation mutex: 10 s in a real metal-api.
	MutexWait time.Duration
}

// The environment variables that FromEnv reads.
const (
	envURL         = "METAL_API_URL"
	envHMAC        = "METAL_API_HMAC"
	envHMACView    = "METAL_API_HMAC_VIEW"
	envHMACEdit    = "METAL_API_HMAC_EDIT"
	envControl     = "METAL_API_CONTROL"
	envDestructive = "METAL_API_DESTRUCTIVE"
	envTimeout     = "CONTRACT_TIMEOUT"
	envMutexWait   = "CONTRACT_MUTEX_WAIT"
)

// FromEnv returns the Config that the environment describes. Its URL is empty where METAL_API_URL is not set.
func FromEnv() (Config, error) {
	cfg := Config{
		URL:         os.Getenv(envURL),
		HMAC:        os.Getenv(envHMAC),
		HMACView:    os.Getenv(envHMACView),
		HMACEdit:    os.Getenv(envHMACEdit),
		Control:     os.Getenv(envControl),
		Destructive: os.Getenv(envDestructive) == "1",
	}

	var err error
	if cfg.Timeout, err = durationEnv(envTimeout, 5*time.Minute); err != nil {
		return Config{}, err
	}
	if cfg.MutexWait, err = durationEnv(envMutexWait, 10*time.Second); err != nil {
		return Config{}, err
	}
	if cfg.URL != "" && cfg.HMAC == "" {
		return Config{}, errors.New(envURL + " is set: set " + envHMAC + " too, to the admin key or the edit key")
	}

	return cfg, nil
}

func durationEnv(name string, otherwise time.Duration) (time.Duration, error) {
	value := os.Getenv(name)
	if value == "" {
		return otherwise, nil
	}

	d, err := time.ParseDuration(value)
	if err != nil {
		return 0, fmt.Errorf("cannot read %s: %w", name, err)
	}

	return d, nil
}
