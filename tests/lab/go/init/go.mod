module podnet.lab/init

go 1.24.0
