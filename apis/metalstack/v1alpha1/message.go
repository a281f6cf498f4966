package v1alpha1

// GetMessage of the status: what the network waits for, and what to do.
func (mg *Network) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *Network) SetMessage(m string) { mg.Status.AtProvider.Message = m }

// GetMessage of the status: what the firewall waits for, and what to do.
func (mg *Firewall) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *Firewall) SetMessage(m string) { mg.Status.AtProvider.Message = m }
