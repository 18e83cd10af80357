package keys

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// MasterFile is the name of the master key in the data folder.
const MasterFile = "master.key"

// errMasterText never repeats the text, which may be a key with one wrong character.
var errMasterText = errors.New("a master key is 32 random bytes, written as 64 hexadecimal digits or 43 characters of base64")

// LoadMaster finds the master key and says where it came from: env (the value of LINGPAI_MASTER_KEY) if it is not empty, else file if
// one is named, else [MasterFile] in the data folder.
//
// The last is made when it does not exist and mayCreate is true; of several processes that start at once, all get the same key.
// mayCreate must be false once the database holds anything sealed: a new key would not open it, so its absence is an error then.
// Files that others than their owner may read are refused.
func LoadMaster(env, file, dataDir string, mayCreate bool) (key []byte, source string, err error) {
	switch {
	case env != "":
		key, err = parseMaster(env)
		if err != nil {
			return nil, "", fmt.Errorf("LINGPAI_MASTER_KEY cannot be used: %w", err)
		}
		return key, "LINGPAI_MASTER_KEY", nil
	case file != "":
		f, err := os.Open(file)
		if err != nil {
			return nil, "", fmt.Errorf("the master key %s cannot be opened: %w", file, pathless(err))
		}
		key, err = readMaster(f, file)
		return key, file, err
	}
	key, err = folderMaster(dataDir, mayCreate)
	return key, filepath.Join(dataDir, MasterFile), err
}

// folderMaster reads the master key of the data folder, making it first where that is allowed.
func folderMaster(dataDir string, mayCreate bool) ([]byte, error) {
	name := filepath.Join(dataDir, MasterFile)
	root, err := os.OpenRoot(dataDir)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be opened: %w", dataDir, pathless(err))
	}
	defer root.Close()

	f, err := root.Open(MasterFile)
	if errors.Is(err, fs.ErrNotExist) {
		if !mayCreate {
			return nil, fmt.Errorf("%s is missing, and the database holds keys that only it opens; put back the copy that you keep of it, "+
				"or give the key in LINGPAI_MASTER_KEY or by master_key_file", name)
		}
		if err := createMaster(root); err != nil {
			return nil, fmt.Errorf("the master key %s cannot be made: %w", name, pathless(err))
		}
		f, err = root.Open(MasterFile)
	}
	if err != nil {
		return nil, fmt.Errorf("the master key %s cannot be opened: %w", name, pathless(err))
	}
	return readMaster(f, name)
}

// createMaster makes the file complete and durable under a name of its own, then links it to its place. The link fails if another
// process was quicker, and then that one's key is the key. Nobody ever sees a half-written file, not even after a power cut.
func createMaster(root *os.Root) error {
	draft := MasterFile + "." + rand.Text()
	f, err := root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = root.Remove(draft) }() // the second name of a file that stays, or of one that nobody needs
	key := make([]byte, MasterSize)
	rand.Read(key)
	_, err = f.WriteString(base64.RawURLEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := root.Link(draft, MasterFile); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(root)
}

// syncFolder makes the new name durable: a key that is lost after it sealed something would be a disaster.
func syncFolder(root *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there, and need not be
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// readMaster reads and closes f.
func readMaster(f *os.File, name string) ([]byte, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("the master key %s cannot be read: %w", name, pathless(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the master key %s is not a file", name)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, fmt.Errorf("the master key %s can be read by others (mode %04o); run: chmod 600 %s", name, mode, name)
	}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return nil, fmt.Errorf("the master key %s cannot be read: %w", name, pathless(err))
	}
	key, err := parseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("the master key %s cannot be used: %w", name, err)
	}
	return key, nil
}

// parseMaster reads 32 bytes from hexadecimal, base64url or base64, padded or not. 64 digits can only be hexadecimal: base64 of that
// length would be 48 bytes.
func parseMaster(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if len(text) == hex.EncodedLen(MasterSize) {
		if key, err := hex.DecodeString(text); err == nil {
			return key, nil
		}
		return nil, errMasterText
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(key) != MasterSize || len(text) != base64.RawURLEncoding.EncodedLen(MasterSize) {
		return nil, errMasterText
	}
	return key, nil
}

// pathless leaves out the file's name, which the sentence around it has already.
func pathless(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
