;; It reads as far beyond its memory as an address reaches.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.load offset=0xffffffff (i32.const -1)))
