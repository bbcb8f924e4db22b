;; It copies 28 MiB again and again.
;; ends: timeout
(func $handle (param $in i32) (result i32)
  (drop (memory.grow (i32.const 950)))
  (loop $again
    (memory.copy (i32.const 65536) (i32.const 31457280) (i32.const 29360128))
    (br $again))
  (unreachable))
