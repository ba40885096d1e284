// SPDX-License-Identifier: GPL-3.0-or-later

// Command cluster is every program of the lab's cluster in one binary: those of
// Kubernetes, flanneld and CoreDNS. It picks the program by the name it was
// called with (argv[0]). They are built from one set of versions, so that what
// they share is compiled and linked once.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var programs = map[string]func(){
	"coredns":                 coredns,
	"flanneld":                flanneld,
	"kube-apiserver":          apiserver,
	"kube-controller-manager": controllerManager,
	"kube-proxy":              kubeProxy,
	"kube-scheduler":          scheduler,
	"kubectl":                 kubectl,
	"kubelet":                 kubelet,
}

func main() {
	name := filepath.Base(os.Args[0])
	program, known := programs[name]
	if !known {
		var names []string
		for one := range programs {
			names = append(names, one)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "%q is none of the programs in here: %s\n", name, strings.Join(names, ", "))
		os.Exit(2)
	}
	program()
}
