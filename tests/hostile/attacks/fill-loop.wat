;; It fills 60 MiB again and again, in single instructions that look at no clock.
;; ends: timeout
(func $handle (param $in i32) (result i32)
  (drop (memory.grow (i32.const 950)))
  (loop $again
    (memory.fill (i32.const 65536) (i32.const 1) (i32.mul (i32.const 900) (i32.const 65536)))
    (br $again))
  (unreachable))
