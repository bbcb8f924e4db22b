;; It takes 4 GiB less one page at once.
;; ends: limit
(func $handle (param $in i32) (result i32)
  (drop (memory.grow (i32.const 65531)))
  (unreachable))
