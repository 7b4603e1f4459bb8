// Seals and opens raw messages: go run raw.go seal|open KEYFILE, from standard input to standard output.
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"io"
	"os"
	"strings"
)

func main() {
	line, err := os.ReadFile(os.Args[2])
	check(err)
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(line)))
	check(err)
	block, err := aes.NewCipher(key)
	check(err)
	gcm, err := cipher.NewGCM(block)
	check(err)
	message, err := io.ReadAll(os.Stdin)
	check(err)
	if os.Args[1] == "seal" {
		nonce := make([]byte, gcm.NonceSize())
		_, err = rand.Read(nonce)
		check(err)
		message = gcm.Seal(nonce, nonce, message, nil)
	} else {
		size := gcm.NonceSize()
		message, err = gcm.Open(nil, message[:size], message[size:], nil)
		check(err)
	}
	_, err = os.Stdout.Write(message)
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
