package argon2id

// syncPoints is into how many parts a pass divides each lane. Between two of them the lanes wait for one another.
const syncPoints = 4

// filling is one computation: the blocks as lanes, one after the other, each of four segments.
type filling struct {
	*workspace

	blocks                    []block
	passes, lanes             uint32
	laneLength, segmentLength uint32 // in blocks
}

// position is where a segment lies.
type position struct{ pass, slice, lane uint32 }

// independent says whether the segment refers to blocks that do not depend on the password, so that nobody learns of it from what is read
// (RFC 9106, section 3.4.1.3).
func (p position) independent() bool { return p.pass == 0 && p.slice < syncPoints/2 }

// run fills all blocks, as often as there are passes. Within a slice no segment refers to what another writes, so their order does not matter.
func (f *filling) run() {
	for pass := range f.passes {
		for slice := range uint32(syncPoints) {
			for lane := range f.lanes {
				f.fill(position{pass, slice, lane})
			}
		}
	}
}

// fill makes the blocks of a segment, each of the one before it and one that random numbers choose.
func (f *filling) fill(p position) {
	start := p.lane*f.laneLength + p.slice*f.segmentLength
	index, previous := uint32(0), start-1
	switch {
	case p.pass == 0 && p.slice == 0:
		index, previous = 2, start+1 // the first two are there
	case p.slice == 0:
		previous = f.lastOf(p.lane)
	}
	independent := p.independent()
	if independent {
		f.input = block{uint64(p.pass), uint64(p.lane), uint64(p.slice), uint64(len(f.blocks)), uint64(f.passes), argon2id}
		f.nextAddresses()
	}
	for ; index < f.segmentLength; index++ {
		random := f.blocks[previous][0]
		if independent {
			random = f.address(index)
		}
		current := start + index
		compress(&f.blocks[current], &f.blocks[previous], &f.blocks[f.reference(p, index, random)], &f.rows, p.pass > 0)
		previous = current
	}
}

// address is the random number for a block of an independent segment. They are made for as many blocks at once as a block has words.
func (f *filling) address(index uint32) uint64 {
	n := uint32(len(f.addresses))
	if index%n == 0 && index > 0 {
		f.nextAddresses()
	}
	return f.addresses[index%n]
}

// nothing is a block of zeros, which is only read.
var nothing block

func (f *filling) nextAddresses() {
	f.input[6]++
	compress(&f.addresses, &f.input, &nothing, &f.rows, false)
	compress(&f.addresses, &f.addresses, &nothing, &f.rows, false)
}

// reference chooses a block by a random number: its upper half chooses the lane, and its lower half one of those that are finished, later ones more often
// (RFC 9106, section 3.4.2).
func (f *filling) reference(p position, index uint32, random uint64) uint32 {
	lane := p.lane
	if f.lanes > 1 && (p.pass > 0 || p.slice > 0) {
		lane = uint32(random>>32) % f.lanes
	}
	// The finished ones are those of the last slices, going round from the second pass on, ...
	count, oldest := (syncPoints-1)*f.segmentLength, (p.slice+1)%syncPoints*f.segmentLength
	if p.pass == 0 {
		count, oldest = p.slice*f.segmentLength, 0
	}
	// ... and in this lane those of this segment, but for the block before, which is taken anyway. In another lane that is left out, too, at the
	// beginning of a segment.
	if lane == p.lane {
		count += index
	}
	if lane == p.lane || index == 0 {
		count--
	}
	x := random & (1<<32 - 1)
	x = x * x >> 32
	x = x * uint64(count) >> 32
	at := oldest + count - 1 - uint32(x)
	if at >= f.laneLength {
		at -= f.laneLength
	}
	return lane*f.laneLength + at
}
